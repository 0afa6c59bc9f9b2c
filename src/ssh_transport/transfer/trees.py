"""A directory tree on either side, behind the same few verbs."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ssh_transport.errors import CommandFailed, Incomplete, NoSuchPath, PermissionRefused
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    import paramiko

_WINDOW_BYTES = 8 << 20


@dataclass(frozen=True)
class Entry:
    """One file, directory or symlink; times in whole seconds, which is all that SFTP version 3 carries."""

    mode: int
    size: int = 0
    mtime_s: int = 0
    link: str = ""

    @property
    def kind(self) -> str:
        """``d``, ``f``, ``l``, or ``o`` for what is not copied: devices, sockets, pipes."""
        tests = {"d": stat.S_ISDIR, "f": stat.S_ISREG, "l": stat.S_ISLNK}
        return next((kind for kind, test in tests.items() if test(self.mode)), "o")


class Reader(Protocol):
    """What a copy needs of a file it reads."""

    def read(self, count: int, /) -> bytes:
        """Return up to `count` bytes, none at the end."""


class Writer(Protocol):
    """What a copy needs of a file it writes."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""


class Tree(Protocol):
    """What a copy needs of a side; paths are whole, in the side's own form."""

    def look(self, path: str) -> Entry | None:
        """Return what is at `path`, links not followed; `None` for nothing."""

    def real(self, path: str) -> str:
        """Return the path with every link resolved, or nothing if it leads nowhere."""

    def names(self, path: str) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of a directory."""

    def read(self, path: str, offset: int, size: int) -> contextlib.AbstractContextManager[Reader]:
        """Open for reading from `offset`."""

    def append(self, path: str) -> contextlib.AbstractContextManager[Writer]:
        """Open for writing at the end; a new file is private."""

    def mkdir(self, path: str, *, private: bool = False) -> None:
        """Make a directory; its parent exists."""

    def link(self, target: str, path: str) -> None:
        """Make a symlink."""

    def rename(self, path: str, final: str) -> None:
        """Rename over whatever file is there, at once."""

    def remove(self, path: str) -> None:
        """Remove a file or symlink."""

    def rmdir(self, path: str) -> None:
        """Remove a directory if it is empty."""

    def settle(self, path: str, entry: Entry) -> None:
        """Set permissions and modification time."""


class _ReadAhead:
    """
    A remote file that is asked for ahead of reading, a window at a time.

    Paramiko notes every request before it sends the first; a size that a hostile server made up would fill the memory.
    And when answers overtake its requests it gives the window up and asks once more: a small window wastes little.
    """

    def __init__(self, file: paramiko.SFTPFile, offset: int, size: int) -> None:
        self._file, self._offset, self._size = file, offset, size
        self._asked = offset

    def read(self, count: int, /) -> bytes:
        if self._offset >= self._asked:
            self._asked = min(self._offset + _WINDOW_BYTES, self._size)
            self._file.prefetch(self._asked)
        data = self._file.read(min(count, self._asked - self._offset))
        self._offset += len(data)
        return data


class Here:
    """The local side."""

    def look(self, path: str) -> Entry | None:
        """See `Tree`."""
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        link = str(Path(path).readlink()) if stat.S_ISLNK(found.st_mode) else ""
        return Entry(found.st_mode, found.st_size, int(found.st_mtime), link)

    def real(self, path: str) -> str:
        """See `Tree`."""
        try:
            return str(Path(path).resolve(strict=True))
        except (OSError, RuntimeError):
            return ""

    def names(self, path: str) -> Iterator[tuple[str, Entry]]:
        """See `Tree`."""
        for child in sorted(Path(path).iterdir()):
            if entry := self.look(str(child)):
                yield child.name, entry

    @contextlib.contextmanager
    def read(self, path: str, offset: int, size: int) -> Iterator[Reader]:  # noqa: ARG002 - as in `Tree`
        """See `Tree`."""
        with Path(path).open("rb") as file:
            file.seek(offset)
            yield file

    @contextlib.contextmanager
    def append(self, path: str) -> Iterator[Writer]:
        """See `Tree`."""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def mkdir(self, path: str, *, private: bool = False) -> None:
        """See `Tree`."""
        Path(path).mkdir(mode=0o700 if private else 0o777)

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
        with contextlib.suppress(OSError):
            Path(path).rmdir()

    def settle(self, path: str, entry: Entry) -> None:
        """See `Tree`."""
        Path(path).chmod(stat.S_IMODE(entry.mode))
        os.utime(path, (entry.mtime_s, entry.mtime_s))


class There:
    """The box's side, over SFTP; what it answers is checked before it is used."""

    def __init__(self, sftp: paramiko.SFTPClient, box: str) -> None:
        self._sftp = sftp
        self._box = box

    def look(self, path: str) -> Entry | None:
        """See `Tree`."""
        with self._said(path):
            try:
                return self._entry(path, self._sftp.lstat(path))
            except FileNotFoundError:
                return None

    def real(self, path: str) -> str:
        """See `Tree`."""
        with self._said(path):
            try:
                self._sftp.stat(path)
                return self._sftp.normalize(path)
            except FileNotFoundError:
                return ""

    def names(self, path: str) -> Iterator[tuple[str, Entry]]:
        """See `Tree`."""
        with self._said(path):
            for attributes in self._sftp.listdir_attr(path):
                name = attributes.filename
                if name in {"", ".", ".."} or "/" in name or "\0" in name:
                    raise Incomplete(f"`{self._box}` sent a name that is none: `{one_line(name)}`", box=self._box)
                yield name, self._entry(f"{path}/{name}", attributes)

    @contextlib.contextmanager
    def read(self, path: str, offset: int, size: int) -> Iterator[Reader]:
        """See `Tree`."""
        with self._said(path), self._sftp.open(path, "rb") as file:
            file.seek(offset)
            yield _ReadAhead(file, offset, size)

    @contextlib.contextmanager
    def append(self, path: str) -> Iterator[Writer]:
        """See `Tree`."""
        with self._said(path), self._sftp.open(path, "ab") as file:
            file.chmod(0o600)
            file.set_pipelined(True)
            yield file

    def mkdir(self, path: str, *, private: bool = False) -> None:
        """See `Tree`."""
        with self._said(path):
            self._sftp.mkdir(path, 0o700 if private else 0o755)

    def link(self, target: str, path: str) -> None:
        """See `Tree`."""
        with self._said(path):
            self._sftp.symlink(target, path)

    def rename(self, path: str, final: str) -> None:
        """See `Tree`."""
        with self._said(final):
            self._sftp.posix_rename(path, final)

    def remove(self, path: str) -> None:
        """See `Tree`."""
        with self._said(path):
            self._sftp.remove(path)

    def rmdir(self, path: str) -> None:
        """See `Tree`."""
        with contextlib.suppress(OSError):
            self._sftp.rmdir(path)

    def settle(self, path: str, entry: Entry) -> None:
        """See `Tree`."""
        with self._said(path):
            self._sftp.chmod(path, stat.S_IMODE(entry.mode))
            self._sftp.utime(path, (entry.mtime_s, entry.mtime_s))

    def _entry(self, path: str, attributes: paramiko.SFTPAttributes) -> Entry:
        mode = attributes.st_mode or 0
        link = (self._sftp.readlink(path) or "") if stat.S_ISLNK(mode) else ""
        return Entry(mode, attributes.st_size or 0, int(attributes.st_mtime or 0), link)

    @contextlib.contextmanager
    def _said(self, path: str) -> Iterator[None]:
        """Name the box and the path in what SFTP's status codes become."""
        where = f"`{one_line(path)}` on `{self._box}`"
        try:
            yield
        except (TimeoutError, ConnectionError):
            raise
        except UnicodeError as exc:
            hint = f"install rsync there, which copies any name: ssh {self._box} apt-get install rsync"
            raise Incomplete(f"a name in {where} is not UTF-8", box=self._box, hint=hint) from exc
        except OSError as exc:
            channel = self._sftp.get_channel()
            if channel is None or channel.closed:
                raise ConnectionResetError(exc.strerror or str(exc)) from exc
            kinds = {errno.ENOENT: NoSuchPath, errno.EACCES: PermissionRefused}
            kind = kinds.get(exc.errno or 0, CommandFailed)
            hint = "SFTP does not say why; is the disk full? `df -h; df -i`" if kind is CommandFailed else ""
            raise kind(f"SFTP failed at {where}", box=self._box, cause=exc.strerror or str(exc), hint=hint) from exc
