"""A directory tree on either side of a copy, behind the same few verbs."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One file, directory or symlink; times in whole seconds, which is all that SFTP version 3 carries.

    Set-id bits are left out: a copy hands nobody's rights on. ``link`` is also set for what a followed link led to.
    """

    mode: int
    size: int = 0
    mtime_s: int = 0
    link: str = ""

    @property
    def kind(self) -> str:
        """``d``, ``f``, ``l``, or ``o`` for what is not copied: devices, sockets, pipes."""
        tests = {"d": stat.S_ISDIR, "f": stat.S_ISREG, "l": stat.S_ISLNK}
        return next((kind for kind, test in tests.items() if test(self.mode)), "o")

    @property
    def permissions(self) -> int:
        """Read, write and execute bits."""
        return self.mode & 0o777

    def has_content_of(self, other: Entry, window_s: int = 0) -> bool:
        """Whether both are the same by kind, size and time, or lead to the same; times may be `window_s` apart."""
        if self.kind != other.kind:
            return False
        if self.kind == "l":
            return self.link == other.link
        return self.kind == "d" or (self.size == other.size and abs(self.mtime_s - other.mtime_s) <= window_s)

    def has_attributes_of(self, other: Entry, window_s: int = 0) -> bool:
        """Whether permissions are the same, and the time where it is not that of the content."""
        return self.permissions == other.permissions and abs(self.mtime_s - other.mtime_s) <= window_s


Block = bytes | memoryview


class Sink(Protocol):
    """A file that is being written."""

    def write(self, block: Block) -> None:
        """Add bytes at the end; may still be under way when it returns."""

    def sync(self) -> None:
        """Wait until all that was added is stored."""

    def finish(self, entry: Entry) -> None:
        """Wait until all is written; set permissions and time; close."""


class Tree(Protocol):
    """What a copy needs of a side; paths are whole, in the side's own form."""

    def look(self, path: str, *, follow: bool = False) -> Entry | None:
        """Return what is at `path`; `None` for nothing, or for a followed link that leads nowhere."""

    def real(self, path: str) -> str:
        """Return the path with every link resolved, or nothing if it leads nowhere."""

    def names(self, path: str, *, follow: bool = False) -> Mapping[str, Entry]:
        """Return the entries of a directory; followed links are what they lead to, dangling ones stay links."""

    def reading(self, path: str, start: int, end: int) -> AbstractContextManager[Iterator[Block]]:
        """Open for reading from `start` up to `end`, or up to where the file really ends."""

    def writing(self, path: str, start: int) -> AbstractContextManager[Sink]:
        """Open for writing from `start`, which cuts off nothing but is 0 for a new file; a new file is private."""

    def digests(self, wanted: Sequence[tuple[str, int]]) -> list[str | None]:
        """
        Return the SHA-256 of the beginnings of files, each of so many bytes.

        Empty for a file that is not there; `None` where that side can't compute it.
        """

    def mkdir(self, path: str, *, private: bool = True) -> None:
        """Make a directory, which others can enter unless `private`, where there is none; its parent exists."""

    def link(self, target: str, path: str) -> None:
        """Make a symlink."""

    def rename(self, path: str, final: str) -> None:
        """Rename over whatever file is there, at once."""

    def remove(self, path: str) -> None:
        """Remove a file or symlink."""

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""

    def set_attributes(self, path: str, entry: Entry) -> None:
        """Set permissions and modification time."""

    def end(self) -> None:
        """Let what other threads have under way on this side end with an error, soon."""
