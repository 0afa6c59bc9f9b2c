"""Progress of a copy on standard error: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Protocol

from ssh_transport.text import one_line, size

from . import board, control
from .movement import Movement
from .report import say, shows_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .progress import Progress

_LINE_EVERY_S = 5.0
_LOOK_EVERY_S = 1.0
_NAME_WIDTH = _BAR_WIDTH = 40
_NARROW, _WIDE = 80, 120
_shown: list[Display] = []
_changing = threading.Lock()


class Display(Protocol):
    """What is drawn on the terminal again and again."""

    def start(self) -> None:
        """Begin to draw."""

    def stop(self) -> None:
        """Draw no more."""


@contextlib.contextmanager
def meter(box: str) -> Iterator[Callable[[Progress], None]]:
    """Yield a callback that shows the progress it is given, to the caller of the task too."""
    caller, shared, movement = control.current(), board.current(), Movement()
    with _on(shared, box) if shared else _bar(box, movement) if shows_progress() else _lines(box, movement) as show:

        def show_all(progress: Progress) -> None:
            caller.show(box, progress)
            movement.see(progress)
            show(progress)

        yield show_all


@contextlib.contextmanager
def _on(shared: board.Board, box: str) -> Iterator[Callable[[Progress], None]]:
    yield lambda progress: shared.show(box, progress)


@contextlib.contextmanager
def _lines(box: str, movement: Movement) -> Iterator[Callable[[Progress], None]]:
    # Of a rate counts the time in which something moves: a login comes before.
    start = last = 0.0
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY_S):
            if news := movement.news:
                say(f"{box}: {movement.done}, {news}")

    def show(progress: Progress) -> None:
        nonlocal start, last
        now = time.monotonic()
        if not start:
            start = last = now
        if now - last < _LINE_EVERY_S:
            return
        last = now
        current = one_line(progress.current)
        if not progress.total_bytes:
            done = size(progress.done_bytes)
            say(f"{box}: {done}, {size(progress.done_bytes / (now - start))}/s{_how(progress)}: {current}")
            return
        rate = progress.wire_bytes / (now - start)
        say(f"{box}: {movement.done}, {size(rate)}/s{_how(progress)}: {current}")

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield show
    finally:
        over.set()


@contextlib.contextmanager
def _bar(box: str, movement: Movement) -> Iterator[Callable[[Progress], None]]:
    from rich import progress as rich
    from rich.console import Console
    from rich.table import Column
    from rich.text import Text

    # What is said meanwhile is wrapped by the terminal, so that a path or command can be copied.
    console = Console(stderr=True, soft_wrap=True)

    class Done(rich.DownloadColumn):
        """What is done, once there is something to do."""

        def render(self, task: rich.Task) -> Text:
            return super().render(task) if task.total or task.completed else Text()

    class Rate(rich.TransferSpeedColumn):
        """How fast it goes, once that is known."""

        def render(self, task: rich.Task) -> Text:
            return super().render(task) if task.finished_speed or task.speed else Text()

    class Name(rich.ProgressColumn):
        """
        The current file, then streams, replaced connections and attempt where they are worth printing; or that nothing
        moves.
        """

        def render(self, task: rich.Task) -> Text:
            if movement.stalled:
                return Text(f"{movement.stalled}{task.fields['how']}", style="yellow")
            current = one_line(str(task.fields["current"]))
            name = current if len(current) <= _NAME_WIDTH else f"...{current[3 - _NAME_WIDTH :]}"
            return Text(f"{name}{task.fields['how']}")

    is_narrow, kept = console.width < _NARROW, Column(no_wrap=True)
    columns = (
        rich.TextColumn("{task.description}", markup=False),
        *([] if is_narrow else [rich.BarColumn(_BAR_WIDTH if console.width > _WIDE else _BAR_WIDTH // 3)]),
        Done(table_column=kept),
        Rate(table_column=kept),
        *([] if is_narrow else [rich.TimeRemainingColumn(table_column=kept)]),
        # What room is left.
        Name(Column(no_wrap=True, overflow="ellipsis", ratio=1)),
    )
    bars = rich.Progress(*columns, console=console, transient=True, expand=True)
    with bars, drawn(bars):
        bar = bars.add_task(box, total=None, current="", how="")
        yield lambda progress: bars.update(
            bar,
            total=progress.total_bytes or None,
            # While hashing, the total is unknown.
            completed=min(progress.done_bytes, progress.total_bytes or progress.done_bytes),
            current=progress.current,
            how=_how(progress),
        )


@contextlib.contextmanager
def drawn(display: Display) -> Iterator[None]:
    """Let a display that has started be hidden while the person is asked something."""
    with _changing:
        _shown.append(display)
    try:
        yield
    finally:
        with _changing:
            _shown.remove(display)


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """Draw nothing in the block: the person is asked something."""
    with _changing:
        shown = list(_shown)
        for display in shown:
            display.stop()
    try:
        yield
    finally:
        with _changing:
            # One whose task has ended meanwhile stays away.
            for display in (one for one in shown if one in _shown):
                display.start()


def _how(progress: Progress) -> str:
    """Return the number of connections, of replaced ones, and of the attempt, as far as they are not the usual."""
    words = [f"{progress.streams} streams"] if progress.streams > 1 else []
    words += [f"{progress.heals} healed"] if progress.heals else []
    words += [f"attempt {progress.attempt}"] if progress.attempt > 1 else []
    return "".join(f", {word}" for word in words)
