"""A box's side of a copy, over SFTP; what it answers is checked before it is used."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections import deque
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from ssh_transport import shell
from ssh_transport.errors import BoxError, CommandFailed, EndpointTooWeak, NoSpace, NoSuchPath, PermissionRefused
from ssh_transport.heartbeat import listening
from ssh_transport.settings import TransferSettings
from ssh_transport.sftp.wire import Flag, ProtocolError
from ssh_transport.text import one_line

from .tree import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from ssh_transport.box import Box
    from ssh_transport.sftp.client import Answer, Client
    from ssh_transport.sftp.wire import Attributes

    from .tree import Block

# What is under way at once. A cut costs what was written but not confirmed, so no more than OpenSSH's own window.
_READ_AHEAD_BYTES, _WRITE_AHEAD_BYTES = 4 << 20, 2 << 20
_MOST_NAMES = 1_000_000
_FULL_BYTES = 1 << 20
_LEAST_HASHED_BYTES_S = 20_000_000


class There:
    """The file system of a box."""

    def __init__(self, box: Box, client: Client) -> None:
        self._box = box
        self.client = client

    def look(self, path: str, *, follow: bool = False) -> Entry | None:
        """See `Tree`."""
        with self._said(path):
            try:
                found = self.client.stat(path) if follow else self.client.lstat(path)
            except FileNotFoundError:
                return None
            return self._entry(path, found)

    def real(self, path: str) -> str:
        """See `Tree`."""
        with self._said(path):
            try:
                self.client.stat(path)
                return self.client.realpath(path)
            except FileNotFoundError:
                return ""

    def names(self, path: str, *, follow: bool = False) -> Mapping[str, Entry]:
        """See `Tree`."""
        found: dict[str, Entry] = {}
        with self._said(path):
            for raw, attributes in self.client.listing(path):
                if raw in {b".", b".."}:
                    continue
                name = os.fsdecode(raw)
                if not raw or b"/" in raw or b"\0" in raw or name in found:
                    raise ProtocolError(f"a name came that is none, or came twice: `{one_line(name)}`")
                if len(found) >= _MOST_NAMES:
                    raise ProtocolError(f"a directory holds more than {_MOST_NAMES:,} names: `{one_line(path)}`")
                found[name] = _bare(attributes)
            links = [name for name, entry in found.items() if entry.kind == "l"]
            leads = self.client.readlinks([f"{path}/{name}" for name in links])
        for name, link in zip(links, leads, strict=True):
            if "\0" in link:
                raise ProtocolError(f"a symlink leads to what is no path: `{one_line(path)}/{one_line(name)}`")
            led = self.look(f"{path}/{name}", follow=True) if follow else None
            found[name] = replace(led or found[name], link=link)
        return found

    @contextlib.contextmanager
    def reading(self, path: str, start: int, end: int) -> Iterator[Iterator[Block]]:
        """See `Tree`."""
        with self._said(path):
            handle = self.client.open(path, Flag.READ)
        try:
            yield self._blocks(path, handle, start, end)
        finally:
            self.client.shut(handle)

    @contextlib.contextmanager
    def writing(self, path: str, start: int) -> Iterator[_File]:
        """See `Tree`."""
        with self._said(path):
            handle = self.client.open(path, Flag.WRITE | Flag.CREATE | (0 if start else Flag.TRUNCATE))
        file = _File(self.client, handle, start, lambda: self._said(path))
        try:
            yield file
        finally:
            file.close()

    def digest(self, path: str, count: int) -> str | None:
        """See `Tree`."""
        timeout_s = 60 + count // _LEAST_HASHED_BYTES_S
        try:
            with listening(self._box, TransferSettings.of(self._box.c).silence_s):
                said = shell.run(self._box, 'head -c "$2" <"$1" | sha256sum', path, str(count), timeout_s=timeout_s)
        except (BoxError, EndpointTooWeak):
            return None
        return said.stdout.split(" ", 1)[0]

    def mkdir(self, path: str, *, private: bool = True) -> None:
        """See `Tree`."""
        with self._said(path):
            try:
                self.client.mkdir(path, 0o700 if private else 0o755)
            except OSError:
                # Version 3 has no word for "exists".
                if stat.S_ISDIR(self.client.lstat(path).mode):
                    return
                raise

    def link(self, target: str, path: str) -> None:
        """See `Tree`."""
        with self._said(path):
            self.client.symlink(target, path)

    def rename(self, path: str, final: str) -> None:
        """See `Tree`."""
        with self._said(final):
            self.client.rename(path, final)

    def remove(self, path: str) -> None:
        """See `Tree`."""
        with self._said(path):
            self.client.remove(path)

    def rmdir(self, path: str) -> None:
        """See `Tree`."""
        with self._said(path):
            self.client.rmdir(path)

    def settle(self, path: str, entry: Entry) -> None:
        """See `Tree`."""
        with self._said(path):
            self.client.set(path, mode=entry.permissions, mtime_s=entry.mtime_s)

    def _entry(self, path: str, found: Attributes) -> Entry:
        entry = _bare(found)
        return replace(entry, link=self.client.readlink(path)) if entry.kind == "l" else entry

    def _blocks(self, path: str, handle: bytes, start: int, end: int) -> Iterator[Block]:
        client, size = self.client, self.client.block_bytes
        # The last byte by itself: who reads one byte too many to see the end need not wait for it longer.
        spans = chain(((at, min(size, end - 1 - at)) for at in range(start, end - 1, size)), [(end - 1, 1)])
        with self._said(path):
            asked = deque((*span, client.read(handle, *span)) for span in islice(spans, _READ_AHEAD_BYTES // size))
            while asked:
                at, count, answer = asked.popleft()
                while (data := client.data(answer, count)) and len(data) < count:
                    # The server gave less than it was asked for: the rest comes before what follows.
                    yield data
                    at, count = at + len(data), count - len(data)
                    answer = client.read(handle, at, count)
                if data is None:
                    return
                yield data
                asked.extend((*span, client.read(handle, *span)) for span in islice(spans, 1))

    @contextlib.contextmanager
    def _said(self, path: str) -> Iterator[None]:
        """Name the box and the path in what SFTP's status codes become."""
        where = f"`{one_line(path)}` on `{self._box.name}`"
        try:
            yield
        except (TimeoutError, ConnectionError):
            raise
        except OSError as exc:
            kinds = {errno.ENOENT: NoSuchPath, errno.EACCES: PermissionRefused}
            kind = kinds.get(exc.errno or 0, CommandFailed)
            if kind is CommandFailed and self._is_full(path):
                kind = NoSpace
            raise kind(f"SFTP failed at {where}", box=self._box.name, cause=exc.strerror or str(exc)) from exc

    def _is_full(self, path: str) -> bool:
        """Whether the disk is why: SFTP does not say."""
        with contextlib.suppress(FileNotFoundError):
            free = self.client.free(os.path.dirname(path) or ".")  # noqa: PTH120 - a path of the box's
            return free is not None and (free[0] < _FULL_BYTES or free[1] == 0)
        return False


@contextlib.contextmanager
def speaking(box: Box) -> Iterator[None]:
    """Make a server that breaks the protocol an error of the box."""
    try:
        yield
    except ProtocolError as exc:
        raise CommandFailed(f"`{box.name}` does not speak SFTP as it should", box=box.name, cause=str(exc)) from exc


class _File:
    """See `Sink`."""

    def __init__(
        self, client: Client, handle: bytes, start: int, said: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._client, self._handle, self._end, self._said = client, handle, start, said
        self._asked: deque[Future[Answer]] = deque()
        self._ahead = _WRITE_AHEAD_BYTES // client.block_bytes
        self._is_open = True

    def write(self, block: Block) -> None:
        view, size = memoryview(block), self._client.block_bytes
        with self._said():
            for at in range(0, len(view), size):
                piece = view[at : at + size]
                self._asked.append(self._client.write(self._handle, self._end, piece))
                self._end += len(piece)
                if len(self._asked) > self._ahead:
                    self._client.done(self._asked.popleft())

    def finish(self, entry: Entry) -> None:
        with self._said():
            self._asked.append(self._client.set_open(self._handle, mode=entry.permissions, mtime_s=entry.mtime_s))
            stored = self._client.fstat(self._handle)
            self._asked.append(self._client.shut(self._handle))
            self._is_open = False
            while self._asked:
                self._client.done(self._asked.popleft())
            if (size := self._client.attributes(stored).size) != self._end:
                raise OSError(f"{size} bytes are stored of {self._end}")

    def close(self) -> None:
        """Close what was given up; a server has only so many handles."""
        if self._is_open:
            self._client.shut(self._handle)


def _bare(found: Attributes) -> Entry:
    return Entry(found.mode, found.size, found.mtime_s)
