"""Reads the words of an `ssh` command, and of programs that take its options."""

from __future__ import annotations

import getopt
import re

from ssh_transport.platforms.address import unreadable
from ssh_transport.text import count

from . import letters
from .draft import Draft, Found, trimmed

# A letter that takes a value has a colon behind it.
SSH = "46AaB:b:CcD:E:e:F:fGgI:i:J:KkL:l:Mm:NnO:o:P:p:Q:qR:S:sTtVvW:w:XxYy"
# ssh-copy-id, ssh-keyscan and autossh have some of them, and few of their own.
_KNOWN = {
    "ssh": SSH,
    "slogin": SSH,
    "autossh": SSH.replace("M", "M:"),
    "ssh-copy-id": "fnsxhi:p:o:F:t:",
    "ssh-keyscan": "46cDHqvf:O:p:T:t:",
}
PROGRAMS = tuple(_KNOWN)
# What stands behind "SSH" in prose, not in commands.
_PROSE_WORDS = (
    "access address addr client command commands config connection credentials details gateway host hostname info "
    "information into key keys login logins name password port server session string to tunnel url user username via "
    "with connect terminal in is as on or and the"
)
_PROSE = frozenset(_PROSE_WORDS.split())


def read(program: str, words: list[str]) -> Found | None:
    """
    Return where `ssh WORDS` leads, `None` if it is no command but prose.

    :raises EndpointError: it is a command that can't be read, or whose way an alias can't go.
    """
    draft = Draft()
    if program == "ssh-copy-id":
        # Old ones passed options on in the word of the host: "root@host -p 22".
        words = [part for word in words for part in (word.split() if "@" in word else [word])]
    rest = options(draft, words, _KNOWN[program])
    if not rest:
        if draft == Draft():
            return None
        raise unreadable("no host is in it")
    host, rest = rest[0], rest[1:]
    alone = draft == Draft()
    if alone and _is_prose(host, rest):
        return None
    draft.aim(host)
    rest = options(draft, rest, _KNOWN[program])
    weak = alone and draft == Draft(host=draft.host) and not re.search(r"[.:\d]", host)
    # Behind punctuation the sentence goes on.
    if rest and trimmed(host) == host:
        _check_command(rest)
    if weak and rest:
        raise unreadable(f"{count(len(rest), 'word')} too many after the host")
    return Found(endpoint=draft.endpoint(), told=tuple(draft.told), weak=weak)


def options(draft: Draft, words: list[str], known: str = SSH) -> list[str]:
    """
    Give the options that `words` begin with to the draft, and return the rest.

    :raises EndpointError: one of them can't be read or kept.
    """
    if words and words[0].startswith("-") and not re.match(r"(?a)-{1,2}\w|--?$", words[0]):
        # A dash or an arrow of the text around it.
        return []
    try:
        found, rest = getopt.getopt(words, known)
    except getopt.GetoptError as exc:
        raise unreadable(f"an option of ssh: -{exc.opt[:1]}") from exc
    for flag, value in found:
        draft.ssh_option(flag, value)
    return rest


def _is_prose(host: str, rest: list[str]) -> bool:
    """Whether it is a sentence about SSH, as in "SSH client: ..."."""
    if "@" in host or "://" in host or (rest and re.match(r"(?a)-\w", rest[0])):
        return False
    name = trimmed(host)
    if not name or name == "-" or ((rest or name.endswith(":")) and is_word_of_prose(name.rstrip(":"))):
        return True
    if any(map(letters.is_foreign, host)) and not re.search(r"[.:\d]", host):
        return True
    return bool(rest) and (name != host or name.endswith(":")) and "." not in name


def is_word_of_prose(word: str) -> bool:
    """Whether a word often stands behind "SSH" in sentences and headings."""
    return word.lower() in _PROSE


def _check_command(rest: list[str]) -> None:
    """
    Accept a command for the box, which is left out.

    :raises EndpointError: it is no command: another host, or a port without its option.
    """
    if re.fullmatch(r"(?:\S*[/\\])?(?:ssh|slogin)(?:\.exe)?", rest[0].partition(" ")[0]):
        raise unreadable(
            "an ssh runs inside of it: the box is reached through another one",
            hint="say it with a jump: 'ssh -J USER@GATEWAY USER@BOX'",
        )
    if re.fullmatch(r"(?a)[\w.-]+@[\w.:-]+", rest[0]):
        raise unreadable(f"{count(len(rest), 'word')} too many after the host")
    said = " ".join(rest[:4])
    if re.match(r"(?i)\d+(?: |$)|(?:on |at |with |using )?(?:port|端口)[ :=]*\d", said):
        raise unreadable("a number stands behind the host: a port has -p in front of it")
