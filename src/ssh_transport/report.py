"""The door to the terminal: data on standard output, talk on standard error, nothing hostile on either."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence


def say(text: str) -> None:
    """Tell the person something: one line on standard error."""
    print(shown(text), file=sys.stderr, flush=True)


def result(value: Any, *, as_json: bool = False) -> None:
    """Print what a task returns: a sentence for a person, or JSON for a program."""
    text = json.dumps(value, default=_plain, ensure_ascii=True) if as_json else shown(str(value))
    print(text, flush=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings: aligned on a terminal, separated by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(shown(cell) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        grid.add_row(*(Text(shown(cell)) for cell in row))
    Console().print(grid)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
