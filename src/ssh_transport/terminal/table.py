"""
Tables as text: aligned on a terminal, as wide as that is; under headings and separated by tabs elsewhere.

On a terminal an empty column goes, no word is broken, and where they do not fit beside each other, each row becomes
a few lines of its own.
"""

from __future__ import annotations

import io
import sys
import textwrap
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

# Of rich's `SIMPLE_HEAD`: a space on each side of a cell, and one in between.
_BETWEEN, _EDGES = 3, 2


def text(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table for standard output, without a newline at its end."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if not sys.stdout or not sys.stdout.isatty():
        return "\n".join("\t".join(row) for row in (headings, *cells))
    from rich.console import Console

    width = Console(file=sys.stdout).width
    made = _grid(headings, cells, width)
    if made is None:
        return _records(headings, cells, width)
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(made)
    lines = (line.rstrip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]  # a StringIO
    return "\n".join(filter(None, lines))


def fitting(width: int, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table | str:
    """Return a table of rich's that changes in place; only with its first and last column where there is no room."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    ends = [[row[0], row[-1]] for row in cells]
    return _grid(headings, cells, width) or _grid((headings[0], headings[-1]), ends, width) or ""


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table | None:
    """Return rows under headings, empty columns left out; nothing if a word would have to be broken."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    used = [number for number in range(len(headings)) if not number or not rows or any(row[number] for row in rows)]
    columns = [[headings[number], *(row[number] for row in rows)] for number in used]
    widths = _widths(columns, width - _EDGES - _BETWEEN * (len(columns) - 1))
    if widths is None:
        return None
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, wide in zip((headings[number] for number in used), widths, strict=True):
        made.add_column(heading, width=wide)
    for row in rows:
        made.add_row(*(Text(row[number]) for number in used))
    return made


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return how wide each column is: the widest give way, down to their longest word; the first does not."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in columns]
    least = [max(cell_len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    least[0] = widths[0]
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(
            (number for number in range(len(widths)) if widths[number] > least[number]), key=widths.__getitem__
        )
        widths[widest] -= 1
    return widths


def _records(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Return each row as its first cell, and what else there is in lines below."""
    wrapped = textwrap.TextWrapper(
        width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    lines = []
    for first, *others in rows:
        said = (f"{heading} {cell}" for heading, cell in zip(headings[1:], others, strict=True) if cell)
        lines += [first, *wrapped.wrap(", ".join(said))]
    return "\n".join(lines)
