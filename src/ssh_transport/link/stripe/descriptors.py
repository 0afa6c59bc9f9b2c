"""What both ends do with descriptors. Runs on a box's Python 3.8."""

from __future__ import annotations

import os
import sys
import time

# As many as Linux lets everyone have; the usual 64 KiB cost a switch of process each.
_PIPE_BYTES, _F_SETPIPE_SZ, _F_GETPIPE_SZ = 1 << 20, 1031, 1032
# What a socket of Linux has room for unless somebody has changed that: socket(7), wmem_default.
_SOCKET_BYTES = 212992
_AFTER_US_S = 0.001


def widen(fd: int) -> None:
    """Let a pipe hold more, where that can be."""
    try:
        import fcntl

        fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, OSError):
        pass


def prepare(*descriptors: int) -> None:
    """Have nobody wait for them but where he says so, and let them hold more."""
    for fd in descriptors:
        widen(fd)
        os.set_blocking(fd, False)


def held_bytes(fd: int) -> int:
    """Return how much may wait there to be read, as far as that is known; nothing where it is not."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        import fcntl

        return fcntl.fcntl(fd, _F_GETPIPE_SZ)
    except OSError:
        return _SOCKET_BYTES


def write_all(fd: int, data: bytes) -> None:
    """Write everything, or nothing more once nobody reads it."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError:
        pass


def let_go(*descriptors: int) -> None:
    """Close them, and keep their numbers taken."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor)
    os.close(nothing)


def keep_open_behind_us() -> None:
    """
    Let what is open end a moment after us.

    rsync asks for our exit code, without waiting, as soon as it sees the end of the stream.
    """
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(_AFTER_US_S)
        os._exit(0)
