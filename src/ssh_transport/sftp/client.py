"""What an SFTP server is asked to do: the verbs of a session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import wire
from .requester import Requester
from .wire import Attributes, Fields, Flag, Kind, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from ssh_transport.box.carrier.carrier import Pipe

    from .requester import Answer

# What every server takes, and what is enough to lose no speed where the server says that it takes more.
_USUAL_BLOCK_BYTES, _LARGE_BLOCK_BYTES = 1 << 15, 1 << 17
_LISTINGS_AT_ONCE, _LINKS_AT_ONCE = 8, 64


class Client(Requester):
    """
    One SFTP session; its verbs raise what `Requester` says.

    :param silence_s: how long the server may leave a request without any sign of life.
    :ivar block_bytes: how much one read or write may carry.
    """

    def __init__(self, pipe: Pipe, *, silence_s: float) -> None:
        super().__init__(pipe, silence_s=silence_s)
        self.block_bytes = _USUAL_BLOCK_BYTES
        if b"limits@openssh.com" in self.extensions:
            try:
                self.block_bytes = self._block_bytes()
            except BaseException:
                self.close()
                raise

    def lstat(self, path: str) -> Attributes:
        """Return what is at `path`, a symlink not followed."""
        return self.attributes(self.ask(Kind.LSTAT, _path(path)))

    def stat(self, path: str) -> Attributes:
        """Return what `path` leads to."""
        return self.attributes(self.ask(Kind.STAT, _path(path)))

    def fstat(self, handle: bytes) -> Future[Answer]:
        """Ask what an open file is now; `attributes` reads the answer."""
        return self.ask(Kind.FSTAT, wire.string(handle))

    def attributes(self, asked: Future[Answer]) -> Attributes:
        """Return what was asked for."""
        return self.wanted(Kind.ATTRS, asked).attributes()

    def realpath(self, path: str) -> str:
        """Return the whole path without symlinks."""
        return self._name(Kind.REALPATH, path)

    def readlink(self, path: str) -> str:
        """Return where a symlink leads."""
        return self._name(Kind.READLINK, path)

    def readlinks(self, paths: Sequence[str]) -> list[str]:
        """Return where symlinks lead, asked for at once; nothing for what is no symlink any more."""
        found = []
        for start in range(0, len(paths), _LINKS_AT_ONCE):
            for asked in [self.ask(Kind.READLINK, _path(path)) for path in paths[start : start + _LINKS_AT_ONCE]]:
                try:
                    found.append(_only_name(self.wanted(Kind.NAME, asked)))
                except FileNotFoundError:
                    found.append("")
        return found

    def listing(self, path: str) -> Iterator[tuple[bytes, Attributes]]:
        """Yield name and attributes of everything in a directory, as the server sends them: names unchecked."""
        handle = self.wanted(Kind.HANDLE, self.ask(Kind.OPENDIR, _path(path))).string()
        try:
            asked = [self.ask(Kind.READDIR, wire.string(handle)) for _ in range(_LISTINGS_AT_ONCE)]
            while asked:
                # Names may come behind the first answer that there are no more.
                if (names := self.wanted_or_end(Kind.NAME, asked.pop(0))) is None:
                    continue
                if not (count := names.number()):
                    raise ProtocolError("a listing goes on without a name")
                for _ in range(count):
                    name = names.string()
                    names.view()
                    yield name, names.attributes()
                asked.append(self.ask(Kind.READDIR, wire.string(handle)))
        finally:
            self.ask(Kind.CLOSE, wire.string(handle))

    def open(self, path: str, flags: int, *, mode: int = 0o600) -> bytes:
        """Return a handle; a new file has `mode` from the start."""
        packed = _path(path) + wire.number(flags) + wire.attributes(mode=mode if flags & Flag.CREATE else None)
        return self.wanted(Kind.HANDLE, self.ask(Kind.OPEN, packed)).string()

    def read(self, handle: bytes, offset: int, count: int) -> Future[Answer]:
        """Ask for bytes; `data` reads the answer."""
        return self.ask(Kind.READ, wire.string(handle) + wire.long(offset) + wire.number(count))

    def data(self, asked: Future[Answer], count: int) -> memoryview | None:
        """Return the bytes that `read` asked for, perhaps fewer; `None` at the end of the file."""
        fields = self.wanted_or_end(Kind.DATA, asked)
        if fields is None:
            return None
        data = fields.view()
        if not 0 < len(data) <= count:
            raise ProtocolError(f"{len(data)} bytes came where {count} were asked for")
        return data

    def write(self, handle: bytes, offset: int, data: bytes | memoryview) -> Future[Answer]:
        """Send bytes; `done` waits until they are written."""
        head = wire.string(handle) + wire.long(offset) + wire.number(len(data))
        return self.ask(Kind.WRITE, b"".join((head, data)))

    def set(self, path: str, *, mode: int | None = None, mtime_s: int | None = None) -> None:
        """Set permissions and times."""
        self.done(self.ask(Kind.SETSTAT, _path(path) + wire.attributes(mode=mode, mtime_s=mtime_s)))

    def set_open(self, handle: bytes, *, mode: int, mtime_s: int) -> Future[Answer]:
        """Set permissions and times of an open file; `done` waits for it."""
        return self.ask(Kind.FSETSTAT, wire.string(handle) + wire.attributes(mode=mode, mtime_s=mtime_s))

    def shut(self, handle: bytes) -> Future[Answer]:
        """Close a handle; `done` waits for it."""
        return self.ask(Kind.CLOSE, wire.string(handle))

    def mkdir(self, path: str, mode: int) -> None:
        """Make a directory."""
        self.done(self.ask(Kind.MKDIR, _path(path) + wire.attributes(mode=mode)))

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        self.done(self.ask(Kind.RMDIR, _path(path)))

    def remove(self, path: str) -> None:
        """Remove a file or symlink."""
        self.done(self.ask(Kind.REMOVE, _path(path)))

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink; the order of the words is OpenSSH's, against the draft, as everyone's is."""
        self.done(self.ask(Kind.SYMLINK, _path(target) + _path(path)))

    def rename(self, path: str, final: str) -> None:
        """Rename over whatever file is there, at once (posix-rename@openssh.com)."""
        words = wire.string(b"posix-rename@openssh.com") + _path(path) + _path(final)
        if b"posix-rename@openssh.com" in self.extensions:
            self.done(self.ask(Kind.EXTENDED, words))
        else:
            self.done(self.ask(Kind.RENAME, _path(path) + _path(final)))

    def free(self, path: str) -> tuple[int, int] | None:
        """Return the free bytes and inodes at `path`, where the server tells (statvfs@openssh.com)."""
        if b"statvfs@openssh.com" not in self.extensions:
            return None
        asked = self.ask(Kind.EXTENDED, wire.string(b"statvfs@openssh.com") + _path(path))
        fields = self.wanted(Kind.EXTENDED_REPLY, asked)
        _, fragment, _, _, blocks, _, _, inodes = (fields.long() for _ in range(8))
        return blocks * fragment, inodes

    def _name(self, kind: Kind, path: str) -> str:
        return _only_name(self.wanted(Kind.NAME, self.ask(kind, _path(path))))

    def _block_bytes(self) -> int:
        """Ask what the server takes in one packet (limits@openssh.com): packet, read, write, handles."""
        fields = self.wanted(Kind.EXTENDED_REPLY, self.ask(Kind.EXTENDED, wire.string(b"limits@openssh.com")))
        limits = [fields.long() for _ in range(3)]
        # Zero is "no limit told".
        return max(_USUAL_BLOCK_BYTES, min(_LARGE_BLOCK_BYTES, *(limit or _USUAL_BLOCK_BYTES for limit in limits[1:])))


def _path(path: str) -> bytes:
    return wire.string(os.fsencode(path))


def _only_name(fields: Fields) -> str:
    if fields.number() != 1:
        raise ProtocolError("several names came where one was asked for")
    return os.fsdecode(fields.string())
