"""How far many copies are together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ssh_transport.terminal.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable


class Gauge:
    """
    Sums the progress of many copies into one, which several threads may move on.

    Bytes of copies are counted against their total. Hashing has none: its bytes are shown while nothing is copied.

    :param show: called with the sum; never by two threads at once.
    """

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self._show = show
        self._moving = threading.Lock()
        self._copies: dict[str, tuple[int, int, int]] = {}
        self._hashed: dict[str, int] = {}

    def copying(self, name: str, progress: Progress) -> None:
        """Take in how far a copy is."""
        with self._moving:
            self._copies[name] = (progress.total_bytes, progress.done_bytes, progress.wire_bytes)
            self._tell(name, progress)

    def hashing(self, name: str, progress: Progress) -> None:
        """Take in how far a comparison is."""
        with self._moving:
            self._hashed[name] = progress.done_bytes
            self._tell(name, progress)

    def _tell(self, name: str, progress: Progress) -> None:
        total, done, wire = (
            (sum(column) for column in zip(*self._copies.values(), strict=True))
            if self._copies
            else (
                0,
                0,
                0,
            )
        )
        current = f"{name}: {progress.current}" if progress.current else name
        self._show(Progress(total, done if total else sum(self._hashed.values()), wire, current, progress.attempt))
