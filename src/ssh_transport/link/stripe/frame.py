"""
The frames that cross a lane: thirteen bytes of head, then what they carry. Nothing that arrives is trusted.

Sequenced frames are numbered from 0 in each direction and reach the other end once and in order, over whichever
lanes; the others speak of the lane that carries them. Runs on a box's Python 3.8.
"""

from __future__ import annotations

import struct

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Tuple

    # Kind, number, payload.
    Frame = Tuple[int, int, bytes]

# What a shell's start-up file prints ahead of it is skipped.
MAGIC = b"\0ssh-transport-stripe:"
VERSION = 1
GREETING = MAGIC + bytes([VERSION])
LONGEST_BYTES = 1 << 18
_NOISE_BYTES = 1 << 16
_BUFFER_BYTES = 2 * LONGEST_BYTES

# Sequenced.
DATA = 1  # of the stream
ERROR = 2  # of standard error
EOF = 3  # the stream ends here
SHUT = 4  # what comes from the other side is read no more
EXIT = 5  # how the command ended, one byte
RUN = 6  # a command: what follows, up to its EXIT, is of it
LAST = 7  # the same; if that goes well, both ends end with it, and neither says goodbye
# Of a lane.
ACK = 16  # the number up to which everything was handed on; carries how many sequenced frames this lane brought
PING = 17  # asks for an ACK
BYE = 18  # we end, now
FAIL = 19  # why the far end can't go on

_HEAD = struct.Struct(">BIQ")
_COUNT = struct.Struct(">Q")
_LENGTHS = {
    DATA: (1, LONGEST_BYTES),
    ERROR: (1, LONGEST_BYTES),
    EOF: (0, 0),
    SHUT: (0, 0),
    EXIT: (1, 1),
    RUN: (1, LONGEST_BYTES),
    LAST: (1, LONGEST_BYTES),
    ACK: (_COUNT.size, _COUNT.size),
    PING: (0, 0),
    BYE: (0, 0),
    FAIL: (0, 1000),
}
SEQUENCED = frozenset((DATA, ERROR, EOF, SHUT, EXIT, RUN, LAST))


class ProtocolError(Exception):
    """The other side sent what no peer of ours sends."""


def head(kind: int, number: int, length: int) -> bytes:
    """Return what goes before a payload of this length."""
    return _HEAD.pack(kind, length, number)


def ack(consumed: int, count: int) -> bytes:
    """Return a whole ACK."""
    return _HEAD.pack(ACK, _COUNT.size, consumed) + _COUNT.pack(count)


def count_of(payload: bytes) -> int:
    """Return the count that an ACK carries."""
    return int(_COUNT.unpack(payload)[0])


class Decoder:
    """
    Makes frames of what a lane brings; holds no more than `_BUFFER_BYTES`, whatever comes.

    :param greeting: whether the other side has yet to say the greeting; `greeted` tells when it has.
    """

    def __init__(self, *, greeting: bool) -> None:
        self.greeted = not greeting
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._end = 0
        self._noise_bytes = 0

    def space(self) -> memoryview:
        """Return where the next bytes are to be read into; never empty."""
        return self._view[self._end :]

    def read(self, size: int) -> List[Frame]:
        """
        Return the frames that are complete with the `size` bytes just read into `space`.

        :raises ProtocolError: an unknown kind or version, a length that the kind can't have, no greeting.
        """
        self._end += size
        start = 0 if self.greeted else self._greeting()
        frames: List[Frame] = []
        while self.greeted and self._end - start >= _HEAD.size:
            kind, length, number = _HEAD.unpack_from(self._buffer, start)
            shortest, longest = _LENGTHS.get(kind, (1, 0))
            if not shortest <= length <= longest:
                raise ProtocolError("a frame of kind %d with %d bytes" % (kind, length))
            behind = start + _HEAD.size + length
            if behind > self._end:
                break
            # A copy: a slice would keep the whole buffer, and what is held must be what is counted.
            frames.append((kind, number, bytes(self._view[behind - length : behind])))
            start = behind
        if start:
            rest = self._end - start
            self._buffer[:rest] = self._view[start : self._end]
            self._end = rest
        return frames

    def _greeting(self) -> int:
        """Return where the frames begin, or how much of the noise can be forgotten."""
        place = self._buffer.find(MAGIC, 0, self._end)
        if place < 0:
            noise = max(0, self._end - len(MAGIC) + 1)
            self._noise_bytes += noise
            if self._noise_bytes > _NOISE_BYTES:
                raise ProtocolError("no greeting")
            return noise
        behind = place + len(GREETING)
        if behind > self._end:
            return place
        if self._buffer[behind - 1] != VERSION:
            raise ProtocolError("version %d of the protocol" % self._buffer[behind - 1])
        self.greeted = True
        return behind
