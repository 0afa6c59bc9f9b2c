"""
How a program keeps to a rate together with others: from when on more may be sent stands in a file that all have open.

First come, first served: who takes little or nothing leaves it to the others. Programs of ours load this file by its
path: standard library only, nothing of this package, Python 3.6.
"""

import fcntl
import os
import struct
import threading
import time

_TIME = struct.Struct("d")
SIZE_BYTES = _TIME.size
# What a machine that is busy is late by is made up for.
_BURST_S = 0.2
_CHUNKS_PER_S, _LEAST_CHUNK_BYTES, _LARGEST_CHUNK_BYTES = 20, 512, 1 << 18
# What ssh lets a box send before any of it was read (channels.h of OpenSSH), and the pipe behind it.
_WINDOW_BYTES = (1 << 21) + (1 << 16)
_LONGEST_WAIT_S = 10
_one_thread = threading.Lock()


def taken(fd: int, bytes_s: float, count: int) -> float:
    """
    Take so many bytes of so many per second; return how many seconds to wait until they may be sent.

    The clock is the machine's: all its processes tell the same time.
    """
    # The file's lock is a process's, not a thread's.
    with _one_thread:
        fcntl.lockf(fd, fcntl.LOCK_EX)
        try:
            now_s = time.monotonic()
            free_at_s: float
            (free_at_s,) = _TIME.unpack(os.pread(fd, SIZE_BYTES, 0))
            free_at_s = max(now_s - _BURST_S, free_at_s) + count / bytes_s
            os.pwrite(fd, _TIME.pack(free_at_s), 0)
        finally:
            fcntl.lockf(fd, fcntl.LOCK_UN)
    return max(0.0, free_at_s - now_s)


def chunk_bytes(bytes_s: float) -> int:
    """Return how many bytes go at once, so that copies take turns."""
    return max(_LEAST_CHUNK_BYTES, min(int(bytes_s / _CHUNKS_PER_S), _LARGEST_CHUNK_BYTES))


def ahead_bytes(bytes_s: float, copies: int, expected_bytes: int) -> int:
    """Return how much of what a box will send is waited for beforehand, as it comes without being asked."""
    return min(_WINDOW_BYTES, expected_bytes, int(bytes_s * _LONGEST_WAIT_S / copies))


class Payer:
    """
    One copy that keeps to the rate.

    :param expected_bytes: that will come.
    :param ahead_bytes: of these, what was allowed beforehand, by `begin`.
    """

    def __init__(self, fd: int, bytes_s: float, expected_bytes: int = 0, ahead_bytes: int = 0) -> None:
        self._fd, self._bytes_s = fd, bytes_s
        self._expected_bytes, self._ahead_bytes = expected_bytes, ahead_bytes
        self._moved_bytes = self._paid_bytes = 0
        self.chunk_bytes = chunk_bytes(bytes_s)

    def begin(self) -> None:
        """Wait for what comes without being asked."""
        self.take(0)

    def take(self, count: int) -> None:
        """Wait until so many bytes may be handed on."""
        self._moved_bytes += count
        due = max(self._moved_bytes, min(self._expected_bytes, self._moved_bytes + self._ahead_bytes))
        while self._paid_bytes < due:
            part = min(self.chunk_bytes, due - self._paid_bytes)
            self.wait(taken(self._fd, self._bytes_s, part))
            self._paid_bytes += part

    def wait(self, seconds: float) -> None:
        """Wait so long."""
        time.sleep(seconds)
