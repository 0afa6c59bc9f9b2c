"""A box's side of a copy, over SFTP; what it answers is checked before it is used."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import stat
from collections import deque
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import CommandFailed, NoSpace, NoSuchPath, PermissionRefused
from ssh_transport.leftovers import PUT_PREFIX
from ssh_transport.sftp.wire import Flag, ProtocolError
from ssh_transport.text import one_line

from .digests import digests_there
from .tree import Entry
from .upload import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.sftp.client import Client
    from ssh_transport.sftp.wire import Attributes

    from .tree import Block

# What is under way at once. A cut costs what was written but not confirmed, so no more than OpenSSH's own window.
_READ_AHEAD_BYTES = 4 << 20
_MOST_NAMES = 1_000_000
# sftp-server puts path and name together into PATH_MAX, and leaves out what does not fit.
_LONGEST_PATH_BYTES = 4096 - 2 - 255
_FULL_BYTES = 1 << 20


class There:
    """The file system of a box."""

    def __init__(self, box: Box, client: Client) -> None:
        self._box = box
        self._is_ended = False
        self.client = client

    def look(self, path: str, *, follow: bool = False) -> Entry | None:
        """See `Tree`."""
        with self._said(path):
            try:
                entry = self._entry(path, self.client.lstat(path))
                return replace(_bare(self.client.stat(path)), link=entry.link) if follow else entry
            except FileNotFoundError:
                return None

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
        if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
            raise CommandFailed(
                f"SFTP failed at `{one_line(path[-80:])}`",
                box=self._box.name,
                cause="the path is too long to be listed",
            )
        with self._said(path):
            # sftp-server leaves out what it can't look at: without the right to search, the directory would look empty.
            self.client.lstat(f"{path}/.")
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
            led = self._followed(f"{path}/{name}") if follow else None
            found[name] = replace(led or found[name], link=link)
        return found

    def _followed(self, path: str) -> Entry | None:
        """Return what a link leads to; `None` for nothing, and for a circle, of which SFTP says only that it failed."""
        with contextlib.suppress(CommandFailed):
            return self.look(path, follow=True)
        return None

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
    def writing(self, path: str, start: int) -> Iterator[Upload]:
        """See `Tree`."""
        with self._said(path):
            handle = self.client.open(path, Flag.WRITE | Flag.CREATE | (0 if start else Flag.TRUNCATE))
        file = Upload(self.client, handle, start, lambda: self._said(path))
        try:
            yield file
        finally:
            file.close()

    def digests(self, wanted: Sequence[tuple[str, int]]) -> list[str | None]:
        """See `Tree`."""
        return digests_there(self._box, wanted, self._is_over)

    def end(self) -> None:
        """See `Tree`."""
        self._is_ended = True
        self.client.close()

    def _is_over(self) -> bool:
        return self._is_ended or self.client.is_closed

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

    def set_attributes(self, path: str, entry: Entry) -> None:
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
            hint = self._how_full(path) if kind is NoSpace else ""
            cause = exc.strerror or str(exc)
            raise kind(f"SFTP failed at {where}", box=self._box.name, cause=cause, hint=hint) from exc

    def _how_full(self, path: str) -> str:
        """Return what to type to see how full the disk is."""
        directory = os.path.dirname(path) or "."  # noqa: PTH120 - a path of the box's
        look = shlex.join(["ssh", self._box.name, shlex.join(["df", "-h", "--", directory])])
        return f"look on `{self._box.name}`: {one_line(look)}"

    def _is_full(self, path: str) -> bool:
        """Whether the disk is why: SFTP does not say."""
        with contextlib.suppress(FileNotFoundError):
            directory = os.path.dirname(path) or "."  # noqa: PTH120 - a path of the box's
            free = self.client.free(directory)
            return (free is not None and (free[0] < _FULL_BYTES or free[1] == 0)) or self._takes_no_more(directory)
        return False

    def _takes_no_more(self, directory: str) -> bool:
        """Whether a new file can be made, but not written to: a quota, of which nothing else tells."""
        path = f"{directory}/{PUT_PREFIX}{uuid4().hex[:16]}"
        try:
            handle = self.client.open(path, Flag.WRITE | Flag.CREATE)
        except OSError:
            return False
        try:
            self.client.done(self.client.write(handle, 0, b"x"))
        except OSError:
            return True
        finally:
            self.client.shut(handle)
            with contextlib.suppress(OSError):
                self.client.remove(path)
        return False


@contextlib.contextmanager
def speaking(box: Box) -> Iterator[None]:
    """Make a server that breaks the protocol an error of the box."""
    try:
        yield
    except ProtocolError as exc:
        raise CommandFailed(f"`{box.name}` does not speak SFTP as it should", box=box.name, cause=str(exc)) from exc


def _bare(found: Attributes) -> Entry:
    return Entry(found.mode, found.size, found.mtime_s)
