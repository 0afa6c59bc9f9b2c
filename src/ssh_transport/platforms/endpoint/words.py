"""The words of a command line, as a shell splits them, but for what people paste around it."""

from __future__ import annotations

import re

from ssh_transport.platforms.address import unreadable

# A path of Windows keeps its backslashes; a shell's own escapes are before these.
_ESCAPED = frozenset(" \"'\\$`&;|<>()#*?")
_ENDS = frozenset(";|&\n`")
_PLACEHOLDER = re.compile(r"<[^<>\s]+>")


class UnclosedQuoteError(Exception):
    """A quote is opened at `position` and never closed."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def split(text: str) -> list[str]:
    """
    Return the words up to the end of the command: an operator of the shell, a redirection or a comment.

    :raises UnclosedQuoteError: a quote is not closed.
    """
    words: list[str] = []
    word: list[str] | None = None
    position = 0
    while position < len(text):
        char = text[position]
        if char == " " or char in _ENDS or (word is None and char == "#") or _redirects(text, position):
            words += ["".join(word)] if word is not None else []
            word = None
            if char != " ":
                break
            position += 1
            continue
        piece, position = _piece(text, position)
        word = word if word is not None else []
        word.append(piece)
    return [*words, "".join(word)] if word is not None else words


def split_whole(text: str) -> list[str]:
    """
    Return the words, as `split` does.

    :raises EndpointError: a quote is not closed.
    """
    try:
        return split(text)
    except UnclosedQuoteError as exc:
        raise unreadable("quotes: no closing quotation") from exc


def split_glued(text: str) -> list[str]:
    """
    Return the words; a quote that is glued to one and never closed belongs to the text around them.

    :raises EndpointError: a quote is opened in front of a word, and not closed.
    """
    try:
        return split(text)
    except UnclosedQuoteError as exc:
        before = text[: exc.position]
        if before.endswith((" ", "=")):
            raise unreadable("quotes: no closing quotation") from exc
        return split_whole(before)


def _piece(text: str, position: int) -> tuple[str, int]:
    """Return the next piece of a word, without its quotes, and where the text goes on."""
    char = text[position]
    if char in "\"'":
        return _quoted(text, position)
    if char == "<":
        end = _PLACEHOLDER.match(text, position)
        return (end[0], end.end()) if end else (char, position + 1)
    if char == "\\" and text[position + 1 : position + 2] in _ESCAPED and position + 1 < len(text):
        return text[position + 1], position + 2
    return char, position + 1


def _quoted(text: str, start: int) -> tuple[str, int]:
    quote = text[start]
    inner: list[str] = []
    position = start + 1
    while position < len(text) and text[position] != quote:
        if quote == '"' and text[position] == "\\" and text[position + 1 : position + 2] in {'"', "\\", "$", "`"}:
            position += 1
        inner.append(text[position])
        position += 1
    if position >= len(text):
        raise UnclosedQuoteError(start)
    return "".join(inner), position + 1


def _redirects(text: str, position: int) -> bool:
    char = text[position]
    return char in "<>" and not (char == "<" and _PLACEHOLDER.match(text, position))
