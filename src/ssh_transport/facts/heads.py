"""What a box shows of files: state and the first bytes, which go through memory only."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = 0o077

# Shell functions that write a record; its parts stand behind lines with `$token`, which no file can hold. A link is
# followed; of what is no plain file nothing is read, as a pipe would never end.
EMIT = r"""
begin() { # GROUP PATH
    state=$(stat -L -c '%f %u %s %Y' -- "$2" 2>/dev/null) || return
    printf '\n%s %s %s\n%s\n%s real\n' "$token" "$1" "$state" "$2" "$token"
    readlink -f -- "$2"
    printf '\n%s data\n' "$token"
}
emit() { # GROUP PATH BYTES
    begin "$1" "$2" || return 0
    if [ -f "$2" ]; then head -c "$3" -- "$2" 2>/dev/null; fi
}
emit_lines() { # GROUP PATH PATTERN
    begin "$1" "$2" || return 0
    [ -f "$2" ] || return 0
    head -c 16777216 -- "$2" 2>/dev/null | tr -d '\000' | LC_ALL=C grep -niE -e "$3" | cut -b 1-4000 | head -c 262144
}
"""


@dataclass(frozen=True)
class Head:
    """
    One file or directory on a box, links followed.

    ``path`` is as it was asked for or found, ``real`` with all links resolved (empty: unknown); ``data`` is its
    beginning, or those of its lines that were asked for, each behind its number and a colon.
    """

    group: str
    path: str
    real: str
    mode: int
    owner: int
    size_bytes: int
    mtime_s: int
    data: bytes = field(repr=False)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_wide(self) -> bool:
        """Whether its group or everybody has any right to it."""
        return bool(self.mode & OTHERS)

    @property
    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines of a head that consists of some, by number."""
        for line in self.data.split(b"\n"):
            number, _, text = line.partition(b":")
            if number.isdigit() and len(number) < 10:  # noqa: PLR2004 - no text has as many lines
                yield int(number), text


def answers_of(said: bytes, token: str) -> Iterator[tuple[str, bytes]]:
    """Yield what a script said behind each line with the token: the rest of that line, and what follows."""
    for part in (b"\n" + said).split(f"\n{token} ".encode())[1:]:
        title, _, answer = part.partition(b"\n")
        yield title.decode("ascii", "replace"), answer


def heads_of(said: bytes, token: str) -> list[Head]:
    """Read the records that `EMIT` wrote; one that was cut off, or makes no sense, is left out."""
    found: list[Head] = []
    opened: tuple[list[str], str] | None = None
    real = ""
    for title, answer in answers_of(said, token):
        words = title.split(" ")
        if title == "real":
            real = _text(answer)
        elif title == "data" and opened:
            head = _head(*opened, real, answer)
            found += [head] if head else []
            opened = None
        else:
            opened, real = (words, _text(answer)), ""
    return found


def _head(words: list[str], path: str, real: str, data: bytes) -> Head | None:
    try:
        group, mode, owner, size_bytes, mtime_s = words[0], int(words[1], 16), *map(int, words[2:5])
    except (ValueError, IndexError):
        return None
    return Head(group, path, real if real.startswith("/") else "", mode, owner, size_bytes, mtime_s, data)


def _text(answer: bytes) -> str:
    return answer.removesuffix(b"\n").decode("utf-8", "surrogateescape")
