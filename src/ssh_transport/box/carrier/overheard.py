"""The log of an `ssh`, heard as it comes: of one that lives for weeks, a file would grow without an end."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK_BYTES = 1 << 16
_BEGINNING_BYTES, _END_BYTES = 1 << 16, 1 << 12


class Overheard:
    """
    A pipe with a name, which a thread reads; its beginning and its end are kept. `ssh` closes all that it inherits.

    :param path: where it is made.
    :param heard: is called by the thread with the beginning, each time it has grown, and when that was, in seconds.
    """

    def __init__(self, path: str, heard: Callable[[bytearray, float], None]) -> None:
        self._heard, self._news = heard, threading.Event()
        os.mkfifo(path, 0o600)
        self._beginning, self._end = bytearray(), bytearray()
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            # As long as we have it open too, it does not end between two who write.
            self._writer = os.open(path, os.O_WRONLY)
            os.set_blocking(self._reader, True)
            self._thread = threading.Thread(target=self._listen, daemon=True)
            self._thread.start()
        except BaseException:
            os.close(self._reader)
            raise

    @property
    def beginning(self) -> str:
        """The first of what came."""
        return self._beginning.decode("utf-8", "replace")

    @property
    def end(self) -> str:
        """The last of what came, whole lines."""
        return self._end.decode("utf-8", "replace")

    def wait_for_more(self, longest_s: float) -> bool:
        """Wait for more than was there when this returned last; return whether some came."""
        came = self._news.wait(longest_s)
        self._news.clear()
        return came

    def wait(self, longest_s: float) -> None:
        """Wait for the end of those who write, but not for ever."""
        writer, self._writer = self._writer, -1
        if writer >= 0:
            os.close(writer)
        self._thread.join(longest_s)

    def _listen(self) -> None:
        try:
            while chunk := os.read(self._reader, _CHUNK_BYTES):
                now_s = time.monotonic()
                if more := chunk[: _BEGINNING_BYTES - len(self._beginning)]:
                    self._beginning += more
                    self._heard(self._beginning, now_s)
                    self._news.set()
                self._end += chunk
                if len(self._end) > _END_BYTES:
                    del self._end[: self._end.find(b"\n", len(self._end) - _END_BYTES) + 1]
        finally:
            os.close(self._reader)

    def close(self) -> None:
        """Listen no longer than anybody writes."""
        self.wait(0)
