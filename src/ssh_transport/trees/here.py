"""The local side of a copy."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.sftp import wire

from .tree import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .tree import Block

_BLOCK_BYTES = 1 << 18


class Here:
    """The local file system."""

    def __init__(self) -> None:
        self._is_ended = False

    def look(self, path: str, *, follow: bool = False) -> Entry | None:
        """See `Tree`."""
        try:
            return _entry(path, follow=follow)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            if exc.errno == errno.ELOOP:
                return None
            raise

    def real(self, path: str) -> str:
        """See `Tree`."""
        try:
            return str(Path(path).resolve(strict=True))
        except (OSError, RuntimeError):
            return ""

    def names(self, path: str, *, follow: bool = False) -> Mapping[str, Entry]:
        """See `Tree`."""
        found = {}
        for name in os.listdir(path):  # noqa: PTH208 - a `Path` for each of a million is dear
            whole = os.path.join(path, name)  # noqa: PTH118 - likewise
            # What vanished meanwhile is not there; a followed link that leads nowhere stays a link.
            if entry := (self.look(whole, follow=True) if follow else None) or self.look(whole):
                found[name] = entry
        return found

    @contextlib.contextmanager
    def reading(self, path: str, start: int, end: int) -> Iterator[Iterator[Block]]:
        """See `Tree`."""
        with Path(path).open("rb", buffering=0) as file:
            file.seek(start)
            counts = (min(_BLOCK_BYTES, end - at) for at in range(start, end, _BLOCK_BYTES))
            yield (block for count in counts if (block := file.read(count)))

    @contextlib.contextmanager
    def writing(self, path: str, start: int) -> Iterator[_File]:
        """See `Tree`."""
        # Not through a link, should one stand where our own partial file must be.
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (0 if start else os.O_TRUNC)
        handle = os.open(path, flags, 0o600)
        try:
            os.ftruncate(handle, start)
            os.lseek(handle, start, os.SEEK_SET)
            yield _File(handle)
        finally:
            os.close(handle)

    def digests(self, wanted: Sequence[tuple[str, int]]) -> list[str | None]:
        """See `Tree`."""
        return [self._digest(path, count) for path, count in wanted]

    def _digest(self, path: str, count: int) -> str:
        whole, seen_bytes = sha256(), 0
        try:
            with self.reading(path, 0, count) as blocks:
                for block in blocks:
                    if self._is_ended:
                        raise ConnectionAbortedError("the copy was ended")
                    whole.update(block)
                    seen_bytes += len(block)
        except (FileNotFoundError, IsADirectoryError):
            return ""
        return whole.hexdigest() if seen_bytes == count else ""

    def end(self) -> None:
        """See `Tree`."""
        self._is_ended = True

    def mkdir(self, path: str, *, private: bool = True) -> None:
        """See `Tree`."""
        try:
            Path(path).mkdir(mode=0o700 if private else 0o777)
        except FileExistsError:
            # A link would lead what is written below it astray.
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise

    def link(self, target: str, path: str) -> None:
        """See `Tree`."""
        Path(path).symlink_to(target)

    def rename(self, path: str, final: str) -> None:
        """See `Tree`."""
        Path(path).replace(final)

    def remove(self, path: str) -> None:
        """See `Tree`."""
        Path(path).unlink()

    def rmdir(self, path: str) -> None:
        """See `Tree`."""
        Path(path).rmdir()

    def set_attributes(self, path: str, entry: Entry) -> None:
        """See `Tree`."""
        Path(path).chmod(entry.permissions)
        os.utime(path, (entry.mtime_s, entry.mtime_s))


class Nothing(Here):
    """A file system with nothing in it."""

    def look(self, path: str, *, follow: bool = False) -> Entry | None:  # noqa: ARG002 - as `Here`
        """See `Tree`."""
        return None


class _File:
    """See `Sink`."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, block: Block) -> None:
        view = memoryview(block)
        while view:
            view = view[os.write(self._handle, view) :]

    def sync(self) -> None:
        os.fsync(self._handle)

    def finish(self, entry: Entry) -> None:
        os.fchmod(self._handle, entry.permissions)
        os.utime(self._handle, (entry.mtime_s, entry.mtime_s))


def _entry(path: str, *, follow: bool) -> Entry:
    found = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - see `names`
    is_link = stat.S_ISLNK(found.st_mode) or (follow and os.path.islink(path))  # noqa: PTH114
    link = os.readlink(path) if is_link else ""  # noqa: PTH115
    return Entry(found.st_mode, found.st_size, wire.seconds(found.st_mtime), link)
