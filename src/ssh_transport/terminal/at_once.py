"""How many boxes a task takes at once, as whoever called it asked."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class AtOnce:
    """
    What was asked for.

    :ivar jobs: how many at once; 0 for the setting.
    :ivar stop_on_error: whether no further box begins once one has failed.
    """

    jobs: int = 0
    stop_on_error: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.jobs, bool) or not isinstance(self.jobs, int) or self.jobs < 0:
            raise TypeError(f"jobs is a whole number from 1 on, not {self.jobs!r}")
        if not isinstance(self.stop_on_error, bool):
            raise TypeError(f"stop_on_error is True or False, not {self.stop_on_error!r}")


class NotBegun(KeyboardInterrupt):
    """No further box is to begin, and this one has done no more than to log in. It ends as by Ctrl-C."""


_asked: ContextVar[AtOnce | None] = ContextVar("at_once", default=None)


@contextlib.contextmanager
def asked_for(**words: Any) -> Iterator[None]:
    """
    Have it asked for in the block; what is not named is as it was.

    :raises TypeError: it can't be meant.
    """
    token = _asked.set(AtOnce(**words) if words else _asked.get())
    try:
        yield
    finally:
        _asked.reset(token)


def asked() -> AtOnce:
    """Return what the caller asked for, else the command line."""
    line = command_line.current()
    return _asked.get() or (AtOnce(line.options.jobs, line.options.stop_on_error) if line else AtOnce())
