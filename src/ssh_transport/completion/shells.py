"""What each shell hands over, and how it wants its answer: a line for each candidate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_QUOTES = "'\""
_UNQUOTED = re.compile(r"[^\w@%+=:,./~-]")
_IN_DOUBLE = re.compile(r'["$`\\]')


@dataclass(frozen=True)
class Typed:
    """
    The words up to the cursor, the program's first, the last as far as it is typed.

    :ivar quote: the quote that is open at the cursor, or empty.
    """

    words: list[str]
    quote: str = ""


def typed(shell: str, words: Sequence[str]) -> Typed:
    """Return what is typed: bash hands over the line, as it splits it at colons too, the others their words."""
    return split(words[0] if words else "") if shell == "bash" else Typed(list(words))


def split(line: str) -> Typed:
    """Split the beginning of a line into words as a shell does; what it would put in place of a word stays as it is."""
    words, word, quote = [], "", ""
    is_word = is_escaped = False
    for char in line:
        if is_escaped:
            word, is_escaped = word + char, False
        elif char == "\\" and quote != "'":
            is_escaped = is_word = True
        elif quote:
            quote, word = ("", word) if char == quote else (quote, word + char)
        elif char in _QUOTES:
            quote, is_word = char, True
        elif char.isspace():
            if is_word:
                words.append(word)
            word, is_word = "", False
        else:
            word, is_word = word + char, True
    return Typed([*words, word], quote)


def answer(shell: str, at: Typed, candidates: Iterable[tuple[str, str]], word_breaks: str) -> str:
    """
    Return the lines for candidates and words about them.

    :param word_breaks: the characters at which bash begins another word (``COMP_WORDBREAKS``).
    """
    found = {name: about for name, about in candidates if name.startswith(at.words[-1]) and one_line(name) == name}
    if shell != "bash":
        return "".join(f"{name}\t{one_line(about)}\n" for name, about in found.items())
    # It puts the candidates in place of what follows the last of these characters, and of the `@` itself.
    breaks = {char: at.words[-1].rfind(char) for char in ":=@" if char in word_breaks and not at.quote}
    cut = max((0, *(found_at + (char != "@") for char, found_at in breaks.items())))
    return "".join(f"{_escaped(name[cut:], at.quote)}\n" for name in found if _can_be_typed(name[cut:], at.quote))


def _escaped(text: str, quote: str) -> str:
    special = {"": _UNQUOTED, '"': _IN_DOUBLE}.get(quote)
    return special.sub(lambda char: f"\\{char[0]}", text) if special else text


def _can_be_typed(text: str, quote: str) -> bool:
    """
    Whether there is a way to write it within a quote.

    An apostrophe ends its own, bash's history hears `!`, and a double quote at the end is taken for the closing one.
    """
    return not (quote == "'" and "'" in text) and not (quote == '"' and ("!" in text or text.endswith('"')))
