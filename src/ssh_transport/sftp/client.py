"""SFTP requests, many under way at once; any thread may ask."""

from __future__ import annotations

import errno
import os
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from . import wire
from .wire import Attributes, Fields, Flag, Kind, ProtocolError, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .pipe import Pipe

_LONGEST_MESSAGE = 1000
# What every server takes, and what is enough to lose no speed where the server says that it takes more.
_USUAL_BLOCK_BYTES, _LARGE_BLOCK_BYTES = 1 << 15, 1 << 17
_LISTINGS_AT_ONCE, _LINKS_AT_ONCE = 8, 64

_ERRNOS = {Status.NO_SUCH_FILE: errno.ENOENT, Status.PERMISSION_DENIED: errno.EACCES}

Answer = tuple[int, Fields]


class Client:
    """
    One SFTP session.

    Its verbs raise `OSError` for what the server refuses (`FileNotFoundError` and `PermissionError` where it says so),
    `ConnectionError` or `TimeoutError` when the link is gone, `ProtocolError` for a server that makes no sense.

    :param silence_s: how long the server may leave a request without any sign of life.
    """

    def __init__(self, pipe: Pipe, *, silence_s: float) -> None:
        self._pipe = pipe
        self._silence_s = silence_s
        self._lock = threading.Lock()
        # Apart: who waits for a full pipe must not keep others from ending the session.
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[Answer]] = {}
        self._next = 0
        self._heard_s = time.monotonic()
        self._fault: Exception | None = None
        self.sent_bytes = self.received_bytes = 0
        self.block_bytes = _USUAL_BLOCK_BYTES
        self._hello: Future[Answer] = Future()
        threading.Thread(target=self._listen, daemon=True).start()
        self._extensions = self._greet()
        if b"limits@openssh.com" in self._extensions:
            self.block_bytes = self._block_bytes()

    @property
    def wire_bytes(self) -> int:
        """What was sent and received so far."""
        return self.sent_bytes + self.received_bytes

    def close(self) -> None:
        """End the session; whoever waits for an answer gets an error."""
        self._end(ConnectionAbortedError("the session was closed"))

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
        return self._wanted(Kind.ATTRS, asked).attributes()

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
                    found.append(_only_name(self._wanted(Kind.NAME, asked)))
                except FileNotFoundError:
                    found.append("")
        return found

    def listing(self, path: str) -> Iterator[tuple[bytes, Attributes]]:
        """Yield name and attributes of everything in a directory, as the server sends them: names unchecked."""
        handle = self._wanted(Kind.HANDLE, self.ask(Kind.OPENDIR, _path(path))).string()
        try:
            asked = [self.ask(Kind.READDIR, wire.string(handle)) for _ in range(_LISTINGS_AT_ONCE)]
            while (names := self._wanted_or_end(Kind.NAME, asked.pop(0))) is not None:
                if not (count := names.number()):
                    raise ProtocolError("a listing goes on without a name")
                for _ in range(count):
                    name = names.string()
                    names.view()
                    yield name, names.attributes()
                asked.append(self.ask(Kind.READDIR, wire.string(handle)))
            for late in asked:
                self.answer(late)
        finally:
            self.ask(Kind.CLOSE, wire.string(handle))

    def open(self, path: str, flags: int, *, mode: int = 0o600) -> bytes:
        """Return a handle; a new file has `mode` from the start."""
        packed = _path(path) + wire.number(flags) + wire.attributes(mode=mode if flags & Flag.CREATE else None)
        return self._wanted(Kind.HANDLE, self.ask(Kind.OPEN, packed)).string()

    def read(self, handle: bytes, offset: int, count: int) -> Future[Answer]:
        """Ask for bytes; `data` reads the answer."""
        return self.ask(Kind.READ, wire.string(handle) + wire.long(offset) + wire.number(count))

    def data(self, asked: Future[Answer], count: int) -> memoryview | None:
        """Return the bytes that `read` asked for, perhaps fewer; `None` at the end of the file."""
        fields = self._wanted_or_end(Kind.DATA, asked)
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
        if b"posix-rename@openssh.com" in self._extensions:
            self.done(self.ask(Kind.EXTENDED, words))
        else:
            self.done(self.ask(Kind.RENAME, _path(path) + _path(final)))

    def free(self, path: str) -> tuple[int, int] | None:
        """Return the free bytes and inodes at `path`, where the server tells (statvfs@openssh.com)."""
        if b"statvfs@openssh.com" not in self._extensions:
            return None
        asked = self.ask(Kind.EXTENDED, wire.string(b"statvfs@openssh.com") + _path(path))
        fields = self._wanted(Kind.EXTENDED_REPLY, asked)
        _, fragment, _, _, blocks, _, _, inodes = (fields.long() for _ in range(8))
        return blocks * fragment, inodes

    def ask(self, kind: Kind, payload: bytes) -> Future[Answer]:
        """Send a request; `answer` waits for what comes back."""
        future: Future[Answer] = Future()
        with self._lock:
            if self._fault:
                raise self._fault
            if not self._waiting:
                self._heard_s = time.monotonic()
            number = self._next
            self._next = (number + 1) % 2**32
            self._waiting[number] = future
        self._send(kind, wire.number(number) + payload)
        return future

    def answer(self, asked: Future[Answer]) -> Answer:
        """Wait for the answer to a request."""
        while True:
            try:
                return asked.result(max(0.01, self._heard_s + self._silence_s - time.monotonic()))
            except TimeoutError:
                if asked.done():
                    raise
                if time.monotonic() - self._heard_s >= self._silence_s:
                    self._end(TimeoutError(f"no answer came for {self._silence_s:.0f} s"))

    def done(self, asked: Future[Answer]) -> None:
        """Wait for a request that has no answer but success."""
        kind, fields = self.answer(asked)
        if kind != Kind.STATUS:
            raise ProtocolError(f"an answer of type {kind} came where a status was due")
        _check(fields)

    def _wanted(self, kind: Kind, asked: Future[Answer]) -> Fields:
        fields = self._wanted_or_end(kind, asked)
        if fields is None:
            raise ProtocolError("the end of a file came where something else was asked for")
        return fields

    def _wanted_or_end(self, kind: Kind, asked: Future[Answer]) -> Fields | None:
        """Return the answer; `None` at the end of a file or directory."""
        got, fields = self.answer(asked)
        if got == kind:
            return fields
        if got != Kind.STATUS:
            raise ProtocolError(f"an answer of type {got} came where one of type {int(kind)} was due")
        if _check(fields) == Status.EOF:
            return None
        raise ProtocolError("success came where an answer was due")

    def _name(self, kind: Kind, path: str) -> str:
        return _only_name(self._wanted(Kind.NAME, self.ask(kind, _path(path))))

    def _greet(self) -> frozenset[bytes]:
        self._send(Kind.INIT, wire.number(wire.VERSION))
        _, fields = self.answer(self._hello)
        if fields.number() < wire.VERSION:
            raise ProtocolError(f"the server is older than SFTP version {wire.VERSION}")
        names = set()
        while fields:
            names.add(fields.string())
            fields.view()
        return frozenset(names)

    def _block_bytes(self) -> int:
        """Ask what the server takes in one packet (limits@openssh.com): packet, read, write, handles."""
        fields = self._wanted(Kind.EXTENDED_REPLY, self.ask(Kind.EXTENDED, wire.string(b"limits@openssh.com")))
        limits = [fields.long() for _ in range(3)]
        # Zero is "no limit told".
        return max(_USUAL_BLOCK_BYTES, min(_LARGE_BLOCK_BYTES, *(limit or _USUAL_BLOCK_BYTES for limit in limits[1:])))

    def _send(self, kind: Kind, payload: bytes) -> None:
        packet = b"".join((wire.number(len(payload) + 1), bytes([kind]), payload))
        try:
            with self._sending:
                self._pipe.send(packet)
                self.sent_bytes += len(packet)
        except (OSError, ValueError) as exc:
            self._end(self._pipe.why())
            raise self._fault or exc from exc

    def _listen(self) -> None:
        try:
            while head := self._pipe.receive(4):
                length = wire.length(head)
                packet = self._pipe.receive(length)
                if len(packet) < length:
                    break
                self._heard_s = time.monotonic()
                self.received_bytes += 4 + length
                self._deliver(packet)
            self._end(self._pipe.why())
        except Exception as exc:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._end(exc)
        finally:
            self._pipe.release()

    def _deliver(self, packet: bytes) -> None:
        kind, fields = packet[0], Fields(memoryview(packet)[1:])
        if kind == Kind.VERSION and not self._hello.done():
            self._hello.set_result((kind, fields))
            return
        future = self._waiting.pop(fields.number(), None)
        if future is None:
            raise ProtocolError("an answer came to what nobody asked")
        future.set_result((kind, fields))

    def _end(self, fault: Exception) -> None:
        """Let everyone who waits, and everyone who asks from now on, hear the fault; the first one stays."""
        with self._lock:
            first, self._fault = self._fault is None, self._fault or fault
            waiting, self._waiting = list(self._waiting.values()), {}
        if first:
            self._pipe.close()
        for future in (*waiting, self._hello):
            if not future.done():
                future.set_exception(self._fault)


def _path(path: str) -> bytes:
    return wire.string(os.fsencode(path))


def _only_name(fields: Fields) -> str:
    if fields.number() != 1:
        raise ProtocolError("several names came where one was asked for")
    return os.fsdecode(fields.string())


def _check(fields: Fields) -> int:
    """Return success or the end; raise what else a status says."""
    code = fields.number()
    if code in {Status.OK, Status.EOF}:
        return code
    message = fields.string()[:_LONGEST_MESSAGE].decode("utf-8", "replace") if fields else ""
    raise OSError(_ERRNOS.get(Status(code), 0) if code in set(Status) else 0, message or f"status {code}")
