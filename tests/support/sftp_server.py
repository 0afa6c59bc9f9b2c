"""
An SFTP server, version 3, that a test can spoil: draft-ietf-secsh-filexfer-02, and what OpenSSH adds to it
(PROTOCOL, section 4). Standard library only; `sshd` runs it, and it speaks on stdin and stdout.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = range(1, 13)
REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK = range(13, 21)
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
# Numbers of our own for requests that on the wire are EXTENDED and a name.
POSIX_RENAME, FSYNC, LIMITS = range(1001, 1004)
EXTENSIONS = {
    b"posix-rename@openssh.com": POSIX_RENAME,
    b"fsync@openssh.com": FSYNC,
    b"limits@openssh.com": LIMITS,
}
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
CODES = {errno.ENOENT: NO_SUCH_FILE, errno.EACCES: PERMISSION_DENIED, errno.EPERM: PERMISSION_DENIED}

MOST_READ_BYTES = 1 << 18
NAMES_AT_ONCE = 100

_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES = 1, 2, 4, 8
_READ, _WRITE, _APPEND, _CREATE, _TRUNCATE, _EXCLUSIVE = 1, 2, 4, 8, 16, 32
_FLAGS = {_APPEND: os.O_APPEND, _CREATE: os.O_CREAT, _TRUNCATE: os.O_TRUNC, _EXCLUSIVE: os.O_EXCL}


class Attrs(NamedTuple):
    """What is said of a file; `None` is not said."""

    mode: int | None = None
    size: int | None = None
    mtime_s: int | None = None


@dataclass
class Ask:
    """A request; its fields are taken one after the other."""

    kind: int
    id: int
    rest: bytes

    def number(self, form: str = ">I") -> int:
        """Take a big-endian number, by default of 32 bits."""
        size = struct.calcsize(form)
        found: int = struct.unpack(form, self.rest[:size])[0]
        self.rest = self.rest[size:]
        return found

    def string(self) -> bytes:
        """Take a string."""
        size = self.number()
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def attrs(self) -> Attrs:
        """Take attributes; owners are passed over."""
        flags = self.number()
        size = self.number(">Q") if flags & _HAS_SIZE else None
        if flags & _HAS_OWNER:
            self.number(">Q")
        mode = self.number() if flags & _HAS_MODE else None
        times = self.number(">Q") if flags & _HAS_TIMES else None
        return Attrs(mode, size, None if times is None else times & 0xFFFFFFFF)


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def packed(attrs: Attrs) -> bytes:
    """Return attributes as they are on the wire."""
    flags, rest = 0, b""
    if attrs.size is not None:
        flags, rest = flags | _HAS_SIZE, rest + struct.pack(">Q", attrs.size)
    if attrs.mode is not None:
        flags, rest = flags | _HAS_MODE, rest + struct.pack(">I", attrs.mode)
    if attrs.mtime_s is not None:
        flags, rest = flags | _HAS_TIMES, rest + struct.pack(">II", attrs.mtime_s, attrs.mtime_s)
    return struct.pack(">I", flags) + rest


def framed(kind: int, number: int, body: bytes) -> bytes:
    return string(struct.pack(">BI", kind, number) + body)


def status(number: int, code: int, message: bytes = b"") -> bytes:
    return framed(STATUS, number, struct.pack(">I", code) + string(message) + string(b"en"))


def names(number: int, found: list[tuple[bytes, Attrs]]) -> bytes:
    entries = b"".join(string(name) + string(b"- " + name) + packed(attrs) for name, attrs in found)
    return framed(NAME, number, struct.pack(">I", len(found)) + entries)


class Server:
    """An honest server of the machine's own files."""

    extensions: tuple[tuple[bytes, bytes], ...] = tuple((name, b"1") for name in EXTENSIONS)

    def __init__(self) -> None:
        self._handles: dict[bytes, tuple[bytes, int | Iterator[tuple[bytes, Attrs]]]] = {}
        self._numbers = itertools.count()
        self._answers: dict[int, Callable[[Ask], bytes]] = {
            OPEN: self._open,
            CLOSE: self._close,
            READ: self._read,
            WRITE: self._write,
            LSTAT: lambda ask: self._said(ask, self.look(ask.string(), follow=False)),
            STAT: lambda ask: self._said(ask, self.look(ask.string(), follow=True)),
            FSTAT: lambda ask: self._said(ask, self.look(self._handles[ask.string()][0], follow=True)),
            SETSTAT: lambda ask: self._settle(ask, ask.string()),
            FSETSTAT: lambda ask: self._settle(ask, self._handles[ask.string()][0]),
            OPENDIR: self._opendir,
            READDIR: self._readdir,
            REMOVE: lambda ask: self._done(ask, os.unlink, ask.string()),
            MKDIR: lambda ask: self._done(ask, os.mkdir, ask.string(), (ask.attrs().mode or 0o777) & 0o7777),
            RMDIR: lambda ask: self._done(ask, os.rmdir, ask.string()),
            REALPATH: lambda ask: names(ask.id, [(os.path.realpath(ask.string()), Attrs())]),
            RENAME: self._rename,
            POSIX_RENAME: lambda ask: self._done(ask, os.rename, ask.string(), ask.string()),
            READLINK: lambda ask: names(ask.id, [(self.link(ask.string()), Attrs())]),
            # OpenSSH has the two the other way round than the draft.
            SYMLINK: lambda ask: self._done(ask, os.symlink, ask.string(), ask.string()),
            FSYNC: lambda ask: self._done(ask, os.fsync, self._file(ask.string())),
            LIMITS: lambda ask: framed(
                EXTENDED_REPLY, ask.id, struct.pack(">4Q", 34000 + (1 << 18), 1 << 18, 1 << 18, 0)
            ),
        }

    def serve(self) -> None:
        """Answer until stdin ends."""
        waiting = b""
        while data := os.read(0, 1 << 20):
            waiting += data
            said = []
            while len(waiting) >= 4 and len(waiting) >= (end := 4 + struct.unpack(">I", waiting[:4])[0]):
                said.append(self.answer(waiting[4:end]))
                waiting = waiting[end:]
            self.send(b"".join(self.in_order(said)))

    def send(self, data: bytes) -> None:
        """Write all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]

    def answer(self, packet: bytes) -> bytes:
        """Return what is to be sent for a request."""
        if packet[0] == INIT:
            return self.reply(Ask(INIT, 0, b""))
        ask = Ask(packet[0], struct.unpack(">I", packet[1:5])[0], packet[5:])
        if ask.kind == EXTENDED:
            ask.kind = EXTENSIONS.get(ask.string(), EXTENDED)
        return self.reply(ask)

    def reply(self, ask: Ask) -> bytes:
        """Return the honest answer."""
        if ask.kind == INIT:
            said = b"".join(string(name) + string(value) for name, value in self.extensions)
            return string(struct.pack(">BI", VERSION, 3) + said)
        if ask.kind not in self._answers:
            return status(ask.id, UNSUPPORTED)
        try:
            return self._answers[ask.kind](ask)
        except OSError as exc:
            return status(ask.id, CODES.get(exc.errno or 0, FAILURE), os.fsencode(exc.strerror or ""))
        except (ValueError, KeyError):
            return status(ask.id, FAILURE, b"a NUL in a path, or a handle that is not open")

    def in_order(self, said: list[bytes]) -> list[bytes]:
        """Return the answers to what was asked at once, in the order of sending."""
        return said

    def look(self, path: bytes, *, follow: bool) -> Attrs:
        """Return what is at `path`."""
        found = os.stat(path, follow_symlinks=follow)
        return Attrs(found.st_mode, found.st_size, int(found.st_mtime))

    def link(self, path: bytes) -> bytes:
        """Return where a symlink leads."""
        return os.readlink(path)

    def listing(self, path: bytes) -> Iterator[tuple[bytes, Attrs]]:
        """Yield what is in a directory."""
        for name in (b".", b"..", *sorted(os.listdir(path))):
            yield name, self.look(os.path.join(path, name), follow=False)

    def opened(self, path: bytes, flags: int, mode: int) -> int:
        """Return a file descriptor."""
        return os.open(path, flags, mode)

    def _said(self, ask: Ask, attrs: Attrs) -> bytes:
        return framed(ATTRS, ask.id, packed(attrs))

    def _done(self, ask: Ask, act: Callable[..., None], *values: bytes | int) -> bytes:
        act(*values)
        return status(ask.id, OK)

    def _file(self, handle: bytes) -> int:
        file = self._handles[handle][1]
        assert isinstance(file, int)
        return file

    def _handle(self, ask: Ask, path: bytes, thing: int | Iterator[tuple[bytes, Attrs]]) -> bytes:
        handle = b"%d" % next(self._numbers)
        self._handles[handle] = (path, thing)
        return framed(HANDLE, ask.id, string(handle))

    def _open(self, ask: Ask) -> bytes:
        path, wanted, attrs = ask.string(), ask.number(), ask.attrs()
        flags = {_READ: os.O_RDONLY, _WRITE: os.O_WRONLY}.get(wanted & (_READ | _WRITE), os.O_RDWR)
        for bit, flag in _FLAGS.items():
            flags |= flag if wanted & bit else 0
        return self._handle(ask, path, self.opened(path, flags, 0o666 if attrs.mode is None else attrs.mode & 0o7777))

    def _close(self, ask: Ask) -> bytes:
        _, thing = self._handles.pop(ask.string())
        if isinstance(thing, int):
            os.close(thing)
        return status(ask.id, OK)

    def _read(self, ask: Ask) -> bytes:
        file, offset, count = self._file(ask.string()), ask.number(">Q"), ask.number()
        data = os.pread(file, min(count, MOST_READ_BYTES), offset)
        return framed(DATA, ask.id, string(data)) if data else status(ask.id, EOF)

    def _write(self, ask: Ask) -> bytes:
        file, offset, data = self._file(ask.string()), ask.number(">Q"), ask.string()
        return status(ask.id, OK if os.pwrite(file, data, offset) == len(data) else FAILURE)

    def _opendir(self, ask: Ask) -> bytes:
        path = ask.string()
        if not stat.S_ISDIR(self.look(path, follow=True).mode or 0):
            return status(ask.id, FAILURE)
        return self._handle(ask, path, self.listing(path))

    def _readdir(self, ask: Ask) -> bytes:
        directory = self._handles[ask.string()][1]
        assert not isinstance(directory, int)
        found = list(itertools.islice(directory, NAMES_AT_ONCE))
        return names(ask.id, found) if found else status(ask.id, EOF)

    def _rename(self, ask: Ask) -> bytes:
        path, final = ask.string(), ask.string()
        if os.path.lexists(final):
            return status(ask.id, FAILURE)
        return self._done(ask, os.rename, path, final)

    def _settle(self, ask: Ask, path: bytes) -> bytes:
        attrs = ask.attrs()
        if attrs.size is not None:
            os.truncate(path, attrs.size)
        if attrs.mode is not None:
            os.chmod(path, attrs.mode & 0o7777)
        if attrs.mtime_s is not None:
            os.utime(path, (attrs.mtime_s, attrs.mtime_s))
        return status(ask.id, OK)
