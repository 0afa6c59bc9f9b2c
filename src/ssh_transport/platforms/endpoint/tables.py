"""Reads tables: a line of headings with a host among them, and the lines below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import fields

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(text: str) -> list[dict[str, str]]:
    """Return the host, port and user of each row of the first table that has a column for a host."""
    rows: list[dict[str, str]] = []
    kinds: list[str] = []
    user: dict[str, str] = {}
    for cells in map(_cells, text.split("\n")):
        if not kinds:
            kinds = [fields.kind(cell) for cell in cells] if len(cells) > 1 else []
            user = {"user": "root"} if any(map(fields.is_of_root, cells)) else {}
            kinds = kinds if "host" in kinds and len(set(kinds) - {""}) > 1 else []
        elif len(cells) == len(kinds) and not all(re.fullmatch(r"[:-]*", cell) for cell in cells):
            rows.append({**user, **dict(_named(kinds, cells))})
    return rows


def _cells(line: str) -> list[str]:
    """Return the cells of a line, which have a bar or two spaces between them."""
    if "|" in line:
        return [cell.strip(" `*") for cell in line.strip().strip("|").split("|")]
    return re.split(r"[ ]{2,}", line.strip())


def _named(kinds: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    for kind, cell in zip(kinds, cells, strict=True):
        if kind and cell:
            yield kind, cell
