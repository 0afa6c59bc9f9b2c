"""The console blocks of a page: what is typed, and what is said to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = "…"
# What no two runs have in common.
_VOLATILE = re.compile(
    r"SHA256:[A-Za-z0-9+/]{43}"
    r"|[+-]?\d[\d.]* (?:s|[kMG]?B/s)\b"
    r"|\b[0-9a-f]{8}\.receipt\b"
    r"|\d[\d.]* k?B over the wire"
    # On a busy machine a short copy is over before the last has logged in.
    r"|on \d connections"
    r"|[\d.]+ [kMGT]B (?:free|are free)"
    r"|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?Z?)?"
)


@dataclass(frozen=True)
class Command:
    """A line that is typed, and the lines that are said; `…` is any text, on a line of its own any lines."""

    line: str
    said: tuple[str, ...]

    @property
    def typed(self) -> str:
        """It without the comment behind it, which a page may have in place of what is said."""
        return re.sub(r"\s{2,}#.*$", "", self.line)


def commands(page: str) -> list[Command]:
    """Return every command of a page, in turn."""
    found: list[Command] = []
    for block in _BLOCK.findall(page):
        line = ""
        said: list[str] = []
        for row in block.splitlines():
            if row.startswith("$ "):
                if line:
                    found.append(_command(line, said))
                line, said = row[2:], []
            elif line.endswith("\\"):
                line += f"\n{row}"
            else:
                said.append(row)
        if line:
            found.append(_command(line, said))
    return found


def _command(line: str, said: Sequence[str]) -> Command:
    """Return it without the empty line that sets it apart from the next."""
    return Command(line, tuple(said[:-1] if said and not said[-1] else said))


def is_said(expected: Sequence[str], said: str) -> bool:
    """Whether a command said what a page prints."""
    pattern = "".join(_pattern(_alike(line)) for line in expected)
    text = "".join(f"{_alike(line)}\n" for line in said.splitlines())
    return re.fullmatch(pattern, text) is not None


def filled(page: str, answers: Sequence[str]) -> str:
    """Return a page with other answers; a command that has none on the page gets one, an empty line none."""
    left = iter(answers)

    def block(found: re.Match[str]) -> str:
        said = [f"$ {one.line}\n{next(left).rstrip()}\n\n" for one in commands(found[0])]
        return f"```console\n{''.join(said).rstrip()}\n```"

    return _BLOCK.sub(block, page)


def _alike(line: str) -> str:
    return _VOLATILE.sub("~", line).rstrip()


def _pattern(line: str) -> str:
    if line.strip() == VARIES:
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(part) for part in line.rstrip().split(VARIES)) + r"\n"
