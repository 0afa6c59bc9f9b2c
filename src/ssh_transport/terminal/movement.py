"""Whether a copy still moves, and for how long it has not."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from ssh_transport.text import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from .progress import Progress

_STALLED_S = 10.0
_MINUTE_S = 60


class Movement:
    """
    Watches what a copy has done and what has crossed its link; may be asked by another thread.

    :param clock: seconds since some time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._progress: Progress | None = None
        self._seen = (0, 0)
        self._since_s = clock()
        self._next_s = _STALLED_S

    def see(self, progress: Progress) -> None:
        """Take note of progress; it may be the same object as before."""
        self._progress = progress
        self._look()

    @property
    def done(self) -> str:
        """What is done, of how much, in words."""
        progress = self._progress
        return f"{size(progress.done_bytes)} of {size(progress.total_bytes)}" if progress else ""

    @property
    def stalled(self) -> str:
        """For how long nothing has moved, in words; empty while it moves, and where there is nothing left to do."""
        seconds = self._still_s
        if seconds < _STALLED_S:
            return ""
        return f"stalled for {seconds:.0f} s" if seconds < _MINUTE_S else f"stalled for {seconds / _MINUTE_S:.0f} min"

    @property
    def news(self) -> str:
        """As `stalled`, but said after 10, 20, 40 seconds and so on."""
        seconds = self._still_s
        if seconds < _STALLED_S:
            self._next_s = _STALLED_S
        if seconds < self._next_s:
            return ""
        self._next_s = 2 * seconds
        return self.stalled

    @property
    def _still_s(self) -> float:
        self._look()
        progress = self._progress
        if progress is None or progress.done_bytes >= progress.total_bytes:
            return 0
        return self._clock() - self._since_s

    def _look(self) -> None:
        progress = self._progress
        if progress is None:
            return
        wire_bytes = progress.wire_bytes
        if progress.wire_now:
            # The link may be closed by the thread that copies.
            with contextlib.suppress(OSError):
                wire_bytes = progress.wire_now()
        seen = (progress.done_bytes, wire_bytes)
        if seen != self._seen:
            self._seen, self._since_s = seen, self._clock()
