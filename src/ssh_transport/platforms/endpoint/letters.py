"""Letters of other alphabets in a name: `ssh` knows none, and what stands before one may be another host's name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ssh_transport.platforms.address import unreadable
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.errors import EndpointError

# Letters with capitals, marks and digits belong to the word; Chinese and the like is glued to it, without a space.
_OF_WORDS = frozenset({"Lu", "Ll", "Lt", "Mn", "Mc", "Nd"})


def is_foreign(char: str) -> bool:
    """Whether it is a letter, a mark or a digit that stands in words, and none of ASCII; no character is none."""
    return not char.isascii() and unicodedata.category(char) in _OF_WORDS


def foreign(word: str) -> EndpointError:
    """Return the error for a target with such a letter: it shows the host or user, never what may be a password."""
    user, _, rest = word.rpartition("@")
    host = re.match(r"[\w.-]*", unicodedata.normalize("NFC", rest))[0]  # type: ignore[index] # it matches nothing, too
    letter = next(filter(is_foreign, word))
    shown, hint = letter, "type the name in the letters of ASCII; a look-alike of another alphabet is another name"
    if any(map(is_foreign, host)):
        shown = host
        if typed := _punycode(host):
            hint = f"type it as `ssh` wants it, if no look-alike is in it: {typed}"
    elif any(map(is_foreign, user)) and re.fullmatch(r"[\w.-]+", user):
        shown = user
    name = unicodedata.name(letter, f"U+{ord(letter):04X}")
    return unreadable(f"`{one_line(shown)}` is not ASCII: {name} is in it", hint=hint)


def _punycode(host: str) -> str:
    """Return the name as it stands in the DNS; empty where the codec would make another of it: it is older."""
    if host[:1].isdigit() and "." in host and host.rpartition(".")[2][:1].isdigit():
        # A letter that stuck to an address.
        return ""
    try:
        found = host.encode("idna").decode()
        return found if found.encode().decode("idna") == host.lower() else ""
    except UnicodeError:
        return ""
