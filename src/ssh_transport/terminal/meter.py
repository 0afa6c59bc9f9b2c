"""Progress of a copy on standard error: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from ssh_transport.text import one_line, size

from . import control
from .report import say, shows_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress

    from .progress import Progress

_LINE_EVERY_S = 5.0
_NAME_WIDTH = 40
_shown: list[RichProgress] = []


@contextlib.contextmanager
def meter(box: str) -> Iterator[Callable[[Progress], None]]:
    """Yield a callback that shows the progress it is given, to the caller of the task too."""
    caller = control.current()
    with _bar(box) if shows_progress() else _lines(box) as show:

        def show_all(progress: Progress) -> None:
            caller.show(box, progress)
            show(progress)

        yield show_all


@contextlib.contextmanager
def _lines(box: str) -> Iterator[Callable[[Progress], None]]:
    start = last = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _LINE_EVERY_S:
            return
        last = now
        current = one_line(progress.current)
        if not progress.total_bytes:
            done = size(progress.done_bytes)
            say(f"{box}: {done}, {size(progress.done_bytes / (now - start))}/s{_how(progress)}: {current}")
            return
        rate = progress.wire_bytes / (now - start)
        done, total = size(progress.done_bytes), size(progress.total_bytes)
        say(f"{box}: {done} of {total}, {size(rate)}/s{_how(progress)}: {current}")

    yield show


@contextlib.contextmanager
def _bar(box: str) -> Iterator[Callable[[Progress], None]]:
    from rich import progress as rich
    from rich.console import Console
    from rich.text import Text

    class Name(rich.ProgressColumn):
        """The current file, then streams, replaced connections and attempt where they are worth printing."""

        def render(self, task: rich.Task) -> Text:
            current = one_line(str(task.fields["current"]))
            name = current if len(current) <= _NAME_WIDTH else f"...{current[3 - _NAME_WIDTH :]}"
            return Text(f"{name}{task.fields['how']}")

    columns = (
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
        Name(),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bars, contextlib.ExitStack() as stack:
        _shown.append(bars)
        stack.callback(_shown.remove, bars)
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
def hidden() -> Iterator[None]:
    """Show no bar in the block: the person is asked something."""
    shown = list(_shown)
    for bars in shown:
        bars.stop()
    try:
        yield
    finally:
        for bars in shown:
            bars.start()


def _how(progress: Progress) -> str:
    """Return the number of connections, of replaced ones, and of the attempt, as far as they are not the usual."""
    words = [f"{progress.streams} streams"] if progress.streams > 1 else []
    words += [f"{progress.heals} healed"] if progress.heals else []
    words += [f"attempt {progress.attempt}"] if progress.attempt > 1 else []
    return "".join(f", {word}" for word in words)
