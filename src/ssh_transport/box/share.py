"""What boxes side by side have to share: the rate that was allowed, the connections, the logins of one host."""

from __future__ import annotations

import contextlib
import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ssh_transport.terminal import control

if TYPE_CHECKING:
    from collections.abc import Iterator


_TICK_S = 0.1


class Found:
    """What was found out for one box, and is the same for all."""

    def __init__(self) -> None:
        self.known: dict[Any, Any] = {}
        self.lock = threading.Lock()


@dataclass(frozen=True)
class Share:
    """
    Of one box.

    :ivar boxes: how many run at once.
    :ivar of_host: how many of these are at its host, by other ports.
    :ivar found: what they found out together.
    """

    boxes: int = 1
    of_host: int = 1
    found: Found | None = field(default=None, compare=False)


_ALL = Share()
_share: ContextVar[Share] = ContextVar("share", default=_ALL)


@contextlib.contextmanager
def shared(share: Share) -> Iterator[None]:
    """Let what runs in the block have this share."""
    token = _share.set(share)
    try:
        yield
    finally:
        _share.reset(token)


def current() -> Share:
    """Return that of the box whose turn it is; all of it where there is but one."""
    return _share.get()


def part(total: int) -> int:
    """Return what each box under way has of so many; one at least."""
    return max(1, total // current().boxes)


def rate(limit: str, among: int | None = None) -> str:
    """
    Return what each has of a limit as rsync's ``--bwlimit`` takes it.

    :param among: how many; else the boxes under way.
    """
    number = limit.rstrip("KMGkmg")
    count = current().boxes if among is None else among
    return limit if not number or count == 1 else f"{float(number) / count:.3f}{limit.removeprefix(number)}"


@contextlib.contextmanager
def finding() -> Iterator[dict[Any, Any] | None]:
    """
    Yield what boxes of this task have found out of this machine, to be added to; `None` for one.

    One box at a time looks: work of the processor gets no faster side by side, and the next one finds it done.
    """
    if (found := current().found) is None:
        yield None
        return
    caller = control.current()
    while not found.lock.acquire(timeout=_TICK_S):
        caller.check()
    try:
        yield found.known
    finally:
        found.lock.release()
