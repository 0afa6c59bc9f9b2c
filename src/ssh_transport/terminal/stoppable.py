"""What runs for a task, so that another thread can stop it."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stoppable(Protocol):
    """A program that runs, or anything else that is waited for."""

    def stop(self) -> None:
        """Have it end soon; who waits for it then gets a KeyboardInterrupt."""


# Threads that are started for a task get its context, and so note what they run in the same place.
_running: ContextVar[set[Stoppable] | None] = ContextVar("running", default=None)


@contextlib.contextmanager
def known_to(running: set[Stoppable]) -> Iterator[None]:
    """Put what is run in the block into `running` as long as it runs."""
    token = _running.set(running)
    try:
        yield
    finally:
        _running.reset(token)


def noted_in() -> set[Stoppable] | None:
    """Return where is noted what runs; `None` if nobody wants to know."""
    return _running.get()


def stop(running: set[Stoppable]) -> None:
    """Stop all that runs; more may begin meanwhile."""
    for one in running.copy():
        one.stop()
