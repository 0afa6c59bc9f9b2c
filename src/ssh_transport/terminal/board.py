"""What is known of each box while a task runs on several side by side; whoever learns more writes it here."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .progress import Progress

State = Literal["waiting", "logging in", "asking", "working", "done", "failed"]
UNDER_WAY: frozenset[State] = frozenset({"logging in", "asking", "working"})
# A rate is that of the last seconds.
_RATE_OVER_S, _SAMPLE_EVERY_S = 10.0, 0.25


@dataclass
class Row:
    """
    One box.

    :ivar note: what it is at, such as a file, or waits for.
    """

    name: str
    state: State = "waiting"
    note: str = ""
    total_bytes: int = 0
    done_bytes: int = 0
    attempt: int = 1
    streams: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _samples: deque[tuple[float, int]] = field(default_factory=lambda: deque([(time.monotonic(), 0)]))

    def take(self, progress: Progress) -> None:
        """Take in how far it is."""
        now_s = time.monotonic()
        with self._lock:
            if progress.done_bytes < self.done_bytes:
                # It hashes now what it has copied.
                self._samples.clear()
            self.total_bytes, self.done_bytes = progress.total_bytes, progress.done_bytes
            self.attempt, self.streams, self.note = progress.attempt, progress.streams, progress.current
            if not self._samples or now_s - self._samples[-1][0] >= _SAMPLE_EVERY_S:
                self._samples.append((now_s, self.done_bytes))
            while now_s - self._samples[0][0] > _RATE_OVER_S:
                self._samples.popleft()

    @property
    def rate(self) -> float:
        """Bytes per second."""
        with self._lock:
            if self.state != "working" or not self._samples:
                return 0.0
            now_s = time.monotonic()
            since_s, before_bytes = self._samples[0]
            passed_s = now_s - since_s
            if now_s - self._samples[-1][0] > _RATE_OVER_S:
                # It waits for a box that is gone.
                return 0.0
            return (self.done_bytes - before_bytes) / passed_s if passed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until it is there; `None` if nobody can tell."""
        left = self.total_bytes - self.done_bytes
        return left / self.rate if left > 0 and self.rate > 0 else None


class Board:
    """The boxes of a task by name, in the order given."""

    def __init__(self, names: Sequence[str]) -> None:
        self.rows = {name: Row(name) for name in names}

    def show(self, box: str, progress: Progress) -> None:
        """Take in how far a box is."""
        if row := self.rows.get(box):
            row.state = "working"
            row.take(progress)

    def tell(self, box: str, state: State, note: str = "") -> None:
        """Take in what a box is at."""
        if row := self.rows.get(box):
            row.state, row.note = state, note

    def count(self, *states: State) -> int:
        """Return how many are in one of these states."""
        return sum(row.state in states for row in self.rows.values())

    @property
    def sums(self) -> tuple[int, int, float]:
        """Bytes that are there, bytes in all as far as is known, and bytes per second."""
        # One that hashes after its copy has no total, and what it has hashed is no part of another's.
        rows = [row for row in self.rows.values() if row.total_bytes] or list(self.rows.values())
        return sum(row.done_bytes for row in rows), sum(row.total_bytes for row in rows), sum(row.rate for row in rows)


_board: ContextVar[Board | None] = ContextVar("board", default=None)


@contextlib.contextmanager
def seen(board: Board) -> Iterator[None]:
    """Let what runs in the block write on a board."""
    token = _board.set(board)
    try:
        yield
    finally:
        _board.reset(token)


def current() -> Board | None:
    """Return the board; `None` where one box has the terminal for itself."""
    return _board.get()


def tell(box: str, state: State, note: str = "") -> None:
    """Write what a box is at on the board, if there is one."""
    if board := _board.get():
        board.tell(box, state, note)
