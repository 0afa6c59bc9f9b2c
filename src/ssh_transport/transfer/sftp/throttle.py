"""A limit on bytes per second that several threads share, or several copies."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ssh_transport.box.share import bytes_per_s

if TYPE_CHECKING:
    from ssh_transport.box.share import SharedRate


class Throttle:
    """
    :param rate: as rsync's ``--bwlimit``: kilobytes per second, or with a suffix; empty or 0 is no limit.
    :param pace: what several copies keep to it together by.
    """

    def __init__(self, rate: str, pace: SharedRate | None = None) -> None:
        self._pace = pace
        self._bytes_s = bytes_per_s(rate)
        self._lock = threading.Lock()
        self._free_at_s = 0.0
        self._is_over = threading.Event()

    def end(self) -> None:
        """Let nobody wait any more."""
        self._is_over.set()

    def take(self, count: int) -> None:
        """Wait until `count` bytes may be sent."""
        if not self._bytes_s:
            return
        if self._pace:
            self._is_over.wait(self._pace.wait_s(self._bytes_s, count))
            return
        with self._lock:
            now = time.monotonic()
            self._free_at_s = max(now, self._free_at_s) + count / self._bytes_s
            wait_s = self._free_at_s - now
        self._is_over.wait(wait_s)
