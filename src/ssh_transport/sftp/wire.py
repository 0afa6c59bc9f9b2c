"""The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02): packed as asked, read with distrust."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 3
_UINT32_MAX = 2**32 - 1
# OpenSSH's packets have at most 256 KiB.
_HEAD_BYTES, _SHORTEST, _LONGEST = 4, 5, 1 << 20


class Kind(IntEnum):
    """Packet types."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Status(IntEnum):
    """Status codes that are told apart."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3


class Flag(IntEnum):
    """What a file is opened for."""

    READ = 0x01
    WRITE = 0x02
    CREATE = 0x08
    TRUNCATE = 0x10


class _Given(IntEnum):
    """Which attributes follow."""

    SIZE = 0x01
    OWNER = 0x02
    MODE = 0x04
    TIMES = 0x08
    EXTENDED = 0x80000000


class ProtocolError(Exception):
    """What came is no SFTP, or no answer to what was asked."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What version 3 says of a file; times in whole seconds. What the server left out is zero."""

    size: int = 0
    mode: int = 0
    mtime_s: int = 0


class Fields:
    """The fields of one packet, read one after the other."""

    def __init__(self, packet: memoryview) -> None:
        self._rest = packet

    def number(self) -> int:
        """Return an unsigned number of 32 bits."""
        return int.from_bytes(self._take(4), "big")

    def long(self) -> int:
        """Return an unsigned number of 64 bits."""
        return int.from_bytes(self._take(8), "big")

    def view(self) -> memoryview:
        """Return a string without copying it."""
        return self._take(self.number())

    def string(self) -> bytes:
        """Return a string."""
        return bytes(self.view())

    def attributes(self) -> Attributes:
        """Return a file's attributes; owners and extensions are passed over."""
        given = self.number()
        size = self.long() if given & _Given.SIZE else 0
        if given & _Given.OWNER:
            self._take(8)
        mode = self.number() if given & _Given.MODE else 0
        mtime_s = 0
        if given & _Given.TIMES:
            self._take(4)
            mtime_s = self.number()
        if given & _Given.EXTENDED:
            for _ in range(self.number()):
                self.view()
                self.view()
        return Attributes(size, mode, mtime_s)

    def _take(self, count: int) -> memoryview:
        if count > len(self._rest):
            raise ProtocolError("a packet ends too early")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def __bool__(self) -> bool:
        """Whether anything is left to read."""
        return bool(self._rest)


def length(head: bytes) -> int:
    """
    Read the length of the packet that follows.

    :raises ProtocolError: it has no room for a type and an id, or asks for more memory than any answer does.
    """
    found = int.from_bytes(head, "big")
    if len(head) != _HEAD_BYTES or not _SHORTEST <= found <= _LONGEST:
        raise ProtocolError(f"a packet of {found} bytes was announced")
    return found


def number(value: int) -> bytes:
    """Pack 32 bits."""
    return struct.pack(">I", value)


def long(value: int) -> bytes:
    """Pack 64 bits."""
    return struct.pack(">Q", value)


def string(value: bytes) -> bytes:
    """Pack a string."""
    return struct.pack(">I", len(value)) + value


def attributes(*, mode: int | None = None, mtime_s: int | None = None) -> bytes:
    """Pack the attributes that are to be set."""
    given = (_Given.MODE if mode is not None else 0) | (_Given.TIMES if mtime_s is not None else 0)
    packed = number(given)
    if mode is not None:
        packed += number(mode)
    if mtime_s is not None:
        packed += number(mtime_s) * 2
    return packed


def seconds(mtime: float) -> int:
    """Return a time as version 3 can carry it."""
    return max(0, min(int(mtime), _UINT32_MAX))
