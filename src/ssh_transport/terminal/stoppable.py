"""What a thread waits for, so that another thread can stop it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stoppable(Protocol):
    """A program that runs, or anything else that is waited for."""

    def stop(self) -> None:
        """Have it end soon; who waits for it then gets a KeyboardInterrupt."""


_of_thread = threading.local()


@contextlib.contextmanager
def known_to(running: set[Stoppable]) -> Iterator[None]:
    """Put what this thread runs into `running` as long as it runs."""
    before = of_this_thread()
    _of_thread.running = running
    try:
        yield
    finally:
        _of_thread.running = before


def of_this_thread() -> set[Stoppable] | None:
    """Return where this thread notes what it runs; `None` if nobody wants to know."""
    return getattr(_of_thread, "running", None)


def stop(running: set[Stoppable]) -> None:
    """Stop all that runs; more may begin meanwhile."""
    for one in list(running):
        one.stop()
