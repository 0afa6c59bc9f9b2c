"""A lane's descriptors, and what else the loop needs to know of descriptors. Runs on a box's Python 3.8."""

from __future__ import annotations

import os

from .frame import Decoder
from .lane import Lane

# As many as Linux lets everyone have; the usual 64 KiB cost a switch of process each.
_PIPE_BYTES, _F_SETPIPE_SZ = 1 << 20, 1031


class Wire:
    """A lane with its descriptors."""

    def __init__(self, lane: Lane, reader: int, writer: int, now_s: float, *, greeting: bool) -> None:
        self.lane = lane
        self.reader = reader
        self.writer = writer
        self.decoder = Decoder(greeting=greeting)
        self.since_s = self.heard_s = self.pinged_s = now_s
        self.owes_ack = False
        self.announced = 0
        self.is_blocked = False


def widen(fd: int) -> None:
    """Let a pipe hold more, where that can be."""
    try:
        import fcntl

        fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, OSError):
        pass


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
