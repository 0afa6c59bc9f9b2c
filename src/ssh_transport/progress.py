"""How far a copy is, for the person who waits: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from .report import say
from .text import one_line, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .transfer.engine import Progress

_LINE_EVERY_S = 5.0
_NAME_WIDTH = 40


@contextlib.contextmanager
def meter(box: str) -> Iterator[Callable[[Progress], None]]:
    """Show what the callback is told."""
    with _bar(box) if sys.stderr.isatty() else _lines(box) as show:
        yield show


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
        """The file under way, and what is not as usual."""

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
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(box, total=None, current="", how="")
        yield lambda progress: bars.update(
            bar,
            total=progress.total_bytes or None,
            # What is hashed has no total that is known before.
            completed=min(progress.done_bytes, progress.total_bytes or progress.done_bytes),
            current=progress.current,
            how=_how(progress),
        )


def _how(progress: Progress) -> str:
    """Say over how many connections it goes, how many of them were replaced, and which attempt it is."""
    words = [f"{progress.streams} streams"] if progress.streams > 1 else []
    words += [f"{progress.heals} healed"] if progress.heals else []
    words += [f"attempt {progress.attempt}"] if progress.attempt > 1 else []
    return "".join(f", {word}" for word in words)
