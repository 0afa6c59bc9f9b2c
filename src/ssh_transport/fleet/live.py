"""Shows boxes side by side: one table on a terminal, elsewhere a line for each event and a sum every few seconds."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING

from ssh_transport.terminal import report
from ssh_transport.terminal.board import UNDER_WAY
from ssh_transport.terminal.meter import drawn
from ssh_transport.text import one_line, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table

    from ssh_transport.terminal.board import Board, Row

_LINE_EVERY_S = 5.0
_TIMES_UNSAID = 12  # while all wait for a box that is gone
_PER_SECOND = 4
# Narrower terminals get less: first no name of the file, then no bar.
_WIDE, _MIDDLE = 110, 72
_NAMED = 3
_BESIDE_ROWS = 6  # the headings, a rule, the rest, the sum, and what a terminal needs to scroll
_HOUR_S, _MINUTE_S = 3600, 60


@contextlib.contextmanager
def shown(board: Board) -> Iterator[None]:
    """Show the board as long as the block lasts."""
    with _table(board) if report.shows_progress() else _lines(board):
        yield


def ended(board: Board, name: str, how: str) -> None:
    """Say that a box has ended, where there is no table that shows it."""
    if not report.shows_progress():
        over = len(board.rows) - board.count("waiting", *UNDER_WAY)
        report.say(f"{name}: {how} ({over} of {len(board.rows)})")


def sentence(board: Board) -> str:
    """Return how far all boxes are together."""
    rows = board.rows.values()
    under_way = [row for row in rows if row.state in UNDER_WAY]
    said = [f"{board.count('done')} of {len(board.rows)} boxes done"]
    said += [f"{failed} failed"] if (failed := board.count("failed")) else []
    if under_way:
        names = f" ({', '.join(row.name for row in under_way)})" if len(under_way) <= _NAMED else ""
        said.append(f"{len(under_way)} under way{names}")
    said += [f"{waiting} waiting"] if (waiting := board.count("waiting")) else []
    done, total, rate = board.sums
    moved = f"; {size(done)} of {size(total)}, {size(rate)}/s" if total else f"; {size(done)}" if done else ""
    return ", ".join(said) + moved


class Lines:
    """What is said of the board from time to time: each change, and once in a while that there is none."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._seen: object = None
        self._times_seen = 0

    def due(self) -> str:
        """Return what is to be said now; empty for nothing."""
        seen = ([row.state for row in self._board.rows.values()], self._board.sums[0])
        self._times_seen = self._times_seen + 1 if seen == self._seen else 0
        self._seen = seen
        return "" if self._times_seen % _TIMES_UNSAID else sentence(self._board)


@contextlib.contextmanager
def _lines(board: Board) -> Iterator[None]:
    over, lines = threading.Event(), Lines(board)

    def tell() -> None:
        while not over.wait(_LINE_EVERY_S):
            if line := lines.due():
                report.say(line)

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


@contextlib.contextmanager
def _table(board: Board) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    view = View(board)
    # A result that goes into a pipe is not for the terminal.
    to_terminal = bool(sys.stdout and sys.stdout.isatty())
    live = Live(
        view,
        # What is said meanwhile is wrapped by the terminal, so that a path or command can be copied.
        console=Console(stderr=True, soft_wrap=True),
        transient=True,
        refresh_per_second=_PER_SECOND,
        redirect_stdout=to_terminal,
    )
    with live, drawn(live):
        yield


class View:
    """The board as it fits the terminal: who is under way or has failed, and how many others there are."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        yield self.table(console.size.width, console.size.height)

    def table(self, width: int, height: int) -> Table:
        """Return it for a terminal of this size."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        rows = list(self._board.rows.values())
        chosen = _chosen(rows, max(1, height - _BESIDE_ROWS))
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False)
        made.add_column("box", no_wrap=True, overflow="ellipsis", max_width=max(8, width // 4))
        made.add_column("state", no_wrap=True, overflow="ellipsis")
        if width >= _MIDDLE:
            made.add_column("", no_wrap=True, width=max(8, width // 8))
        for name, least in (("", 8), ("rate", 10), ("left", 8)):
            made.add_column(name, justify="right", no_wrap=True, min_width=least)
        if width >= _WIDE:
            made.add_column("", no_wrap=True, overflow="ellipsis", max_width=width // 3)
        for row in chosen:
            state = row.state if row.state != "working" or row.attempt == 1 else f"attempt {row.attempt}"
            named = [Text(one_line(row.name)), Text(state, _STYLES.get(row.state, ""))]
            made.add_row(*named, *_cells(row.done_bytes, row.total_bytes, row.rate, row.left_s, row.note, width))
        if rest := _rest([row for row in rows if row not in chosen]):
            made.add_row(Text(f"... {rest}"))
        done, total, rate = self._board.sums
        left_s = (total - done) / rate if rate > 0 and total > done else None
        named = [Text("all", "bold"), Text(f"{self._board.count('done')} of {len(rows)} done")]
        made.add_row(*named, *_cells(done, total, rate, left_s, "", width))
        return made


def _cells(  # noqa: PLR0913, PLR0917 - a cell each
    done: int, total: int, rate: float, left_s: float | None, note: str, width: int
) -> list[RenderableType]:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    moved = f"{size(done)} / {size(total)}" if total else size(done) if done else ""
    bar = [ProgressBar(total=total, completed=min(done, total)) if total else Text("")]
    return [
        *(bar if width >= _MIDDLE else []),
        Text(moved),
        Text(f"{size(rate)}/s" if rate else ""),
        Text(clock(left_s) if left_s is not None else ""),
        *([Text(one_line(note))] if width >= _WIDE else []),
    ]


_STYLES = {"failed": "red", "done": "green", "asking": "yellow"}


def _chosen(rows: Sequence[Row], most: int) -> list[Row]:
    """Return as many rows as fit, in their order: all, else those under way first, then failures, then what waits."""
    if len(rows) <= most:
        return list(rows)

    def rank(row: Row) -> int:
        return 0 if row.state in UNDER_WAY else 1 if row.state == "failed" else 2 if row.state == "waiting" else 3

    kept = sorted(rows, key=rank)[:most]
    return [row for row in rows if row in kept]


def _rest(rows: Sequence[Row]) -> str:
    states = dict.fromkeys(row.state for row in rows)
    return ", ".join(f"{sum(row.state == state for row in rows)} {state}" for state in states)


def clock(seconds: float) -> str:
    """Return a time that is left as people read it: ``48 s``, ``3:07 min``, ``1:02 h``."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f} min"
    return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f} h"
