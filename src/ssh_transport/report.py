"""The door to the terminal: data on standard output, talk on standard error, nothing hostile on either."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .errors import LocalFileError
from .text import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table


_told: set[str] | None = None
# Threads report too.
_printing = threading.Lock()


def say(text: str) -> None:
    """Tell the person something: one line on standard error."""
    if _told is not None:
        if text in _told:
            return
        _told.add(text)
    _print(shown(text), sys.stderr)


@contextlib.contextmanager
def said_once() -> Iterator[None]:
    """Within, tell the person no line twice: what many copies of one box have to say is the same."""
    global _told  # noqa: PLW0603 - as the terminal, there is one
    before, _told = _told, set()
    try:
        yield
    finally:
        _told = before


def result(value: Any, *, as_json: bool = False) -> None:
    """Print what a task returns: a sentence for a person, or JSON for a program."""
    text = json.dumps(value, default=_plain, ensure_ascii=True) if as_json else shown(str(value))
    _print(text, sys.stdout)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings: aligned on a terminal, separated by tabs in a pipe."""
    if not sys.stdout or not sys.stdout.isatty():
        for row in rows:
            _print("\t".join(one_line(cell) for cell in row), sys.stdout)
        return
    from rich.console import Console

    Console().print(grid(headings, rows))


def grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return rows under headings as a terminal table; what stands in a cell is text, never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    import msgspec

    return msgspec.to_builtins(value)


def _print(text: str, stream: TextIO | None) -> None:
    """Print a line; a reader that went away or a closed stream is no failure of the task."""
    try:
        with _printing:
            print(text, file=stream, flush=True)
    except (BrokenPipeError, ValueError):
        pass
    except OSError as exc:
        raise LocalFileError("the result can't be written", cause=exc.strerror or str(exc)) from exc
