"""What boxes side by side have to share: the rate that was allowed, the connections, the logins of one host."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ssh_transport.terminal import control

from . import payer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


_T = TypeVar("_T")
_TICK_S = 0.1
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}
LEAST_BYTES_S = 512


class SharedRate:
    """A rate that copies keep to together, and programs that carry their bytes: in its ``with`` the file of `payer`."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed as this is
        # A disk that is full is told here, and not by a program that carries bytes.
        self._file.write(bytes(payer.SIZE_BYTES))
        self.fd = self._file.fileno()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def wait_s(self, bytes_s: float, count: int) -> float:
        """See `payer.taken`."""
        return payer.taken(self.fd, bytes_s, count)


class Found:
    """What was found out for one box, and is the same for all."""

    def __init__(self) -> None:
        self.known: dict[Any, Any] = {}
        self.lock = threading.Lock()
        self._kept: dict[Any, Any] = {}
        self._closing, self._entering = contextlib.ExitStack(), threading.Lock()

    def kept(self, make: Callable[[], AbstractContextManager[_T]]) -> _T:
        """Return what the first who asks makes, which is closed at the end."""
        with self._entering:
            if make not in self._kept:
                self._kept[make] = self._closing.enter_context(make())
            made: _T = self._kept[make]
            return made

    def close(self) -> None:
        """Close what was kept."""
        self._closing.close()


@dataclass(frozen=True)
class Share:
    """
    Of one box.

    :ivar boxes: how many run at once.
    :ivar copies: how many copies each of them has at once.
    :ivar of_host: how many of these are at its host, by other ports.
    :ivar found: what they found out together.
    :ivar pace: what copies of a task keep to a rate together by, where boxes have nothing in common.
    """

    boxes: int = 1
    of_host: int = 1
    found: Found | None = field(default=None, compare=False)
    copies: int = 1
    pace: SharedRate | None = field(default=None, compare=False)


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


def rate(limit: str) -> str:
    """Return what each copy has of a limit as rsync's ``--bwlimit`` takes it: 512 bytes per second at least."""
    number = limit.rstrip("KMGkmg")
    count = copies()
    if not number or count == 1 or not float(number):
        return limit
    each = f"{float(number) / count:.3f}{limit.removeprefix(number)}"
    # 0 would be none at all.
    return each if bytes_per_s(each) >= LEAST_BYTES_S else f"{LEAST_BYTES_S / 1024}K"


def copies() -> int:
    """Return how many copies are under way at once, of all boxes together."""
    return current().boxes * current().copies


def pace() -> SharedRate | None:
    """Return what copies under way keep to a rate together by; `None` for one that is alone."""
    return (current().pace or kept(SharedRate)) if copies() > 1 else None


@contextlib.contextmanager
def copying(at_once: int) -> Iterator[None]:
    """Let what runs in the block be so many copies of a box, or of a task that has its own way with boxes."""
    with contextlib.ExitStack() as stack:
        many = replace(current(), copies=at_once)
        if many.found is None and at_once > 1:
            many = replace(many, pace=stack.enter_context(SharedRate()))
        stack.enter_context(shared(many))
        yield


def bytes_per_s(limit: str) -> float:
    """Return a limit as rsync's ``--bwlimit`` (kilobytes, or with a suffix) in bytes per second; 0 is none."""
    unit = _UNITS.get(limit[-1:].lower())
    return float(limit[:-1]) * unit if unit else float(limit or 0) * _UNITS["k"]


def kept(make: Callable[[], AbstractContextManager[_T]]) -> _T | None:
    """Return what boxes of this task have one of for all, closed when all have ended; `None` for one box."""
    found = current().found
    return found.kept(make) if found else None


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
