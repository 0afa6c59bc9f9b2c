"""Tables in transcripts: a program has tabs between their cells, a reader wants columns."""

from __future__ import annotations

import itertools
import re

_BLOCK = re.compile(r"^```console\n.*?^```$", re.MULTILINE | re.DOTALL)
_GAP = "  "


def aligned(text: str) -> str:
    """Return a page whose transcripts have columns in place of tabs."""
    return _BLOCK.sub(lambda block: _aligned(block[0]), text)


def _aligned(block: str) -> str:
    lines: list[str] = []
    for has_tabs, group in itertools.groupby(block.split("\n"), lambda line: "\t" in line):
        found = list(group)
        lines += _columns([line.split("\t") for line in found]) if has_tabs else found
    return "\n".join(lines)


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in itertools.zip_longest(*rows, fillvalue="")]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
