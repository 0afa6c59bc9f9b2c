"""
A file system with the limits of another, over a real directory: `python -m tests.support.picky LIMITS SOURCE PLACE`.

A FUSE mount, so that it is the same on every kernel. `LIMITS` is `Limits` in JSON.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import stat
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mfusepy

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMES = ("st_atime", "st_mtime", "st_ctime")
_SAID = ("st_mode", "st_size", "st_nlink", "st_uid", "st_gid", "st_ino")
_SECOND_NS = 1_000_000_000
# UTIME_NOW and UTIME_OMIT of utimensat(2), as they come through.
_NOW_NS, _OMIT_NS = (1 << 30) - 1, (1 << 30) - 2


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    What the file system can't do; without any it can all that the directory below it can.

    :param bad: characters that no name may hold.
    :param coarse_s: times are rounded down to a multiple of this.
    :param mode: the permissions of everything, whatever is set; 0 where they are kept.
    :param largest_bytes: of a file.
    :param quota_bytes: of all that is written from now on.
    :param torn: reading a directory of this name fails with EIO, after `torn_after` names.
    """

    folds_case: bool = False
    bad: str = ""
    drops_last_dots: bool = False
    coarse_s: int = 0
    mode: int = 0
    has_links: bool = True
    largest_bytes: int = 0
    quota_bytes: int = 0
    torn: str = ""
    torn_after: int = 0


# As Linux has it: a mode that can't be is passed over in silence, an owner and a symlink are not permitted.
VFAT = Limits(
    folds_case=True,
    bad='"*:<>?\\|',
    drops_last_dots=True,
    coarse_s=2,
    mode=0o755,
    has_links=False,
    largest_bytes=(1 << 32) - 1,
)
# As a Mac's disk is, unless it was made otherwise.
FOLDING = Limits(folds_case=True)


class Picky(mfusepy.Operations):
    """
    See `Limits`.

    :param source: the directory that holds what is stored.
    """

    use_ns = True

    def __init__(self, source: str, limits: Limits) -> None:
        self._source, self._limits = source, limits
        self._written_bytes = 0

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """Return what is there, as far as it can be kept."""
        found = os.lstat(self._real(path))
        said = {name: getattr(found, name) for name in _SAID}
        said |= {name: self._rounded(getattr(found, f"{name}_ns")) for name in _TIMES}
        if self._limits.mode and not stat.S_ISLNK(found.st_mode):
            said["st_mode"] = stat.S_IFMT(found.st_mode) | self._limits.mode
        return said

    def readdir_with_offset(self, path: str, offset: int, fh: int) -> Iterator[tuple[str, dict[str, Any], int]]:
        """Yield the names from `offset` on; a directory that is torn ends there, and the next call fails."""
        names = [".", "..", *sorted(os.listdir(self._real(path)))]
        if self._limits.torn and os.path.basename(path) == self._limits.torn:
            if offset >= self._limits.torn_after:
                raise mfusepy.FuseOSError(errno.EIO)
            names = names[: self._limits.torn_after]
        for number, name in enumerate(names[offset:], offset + 1):
            yield name, {}, number

    def create(self, path: str, mode: int, fi: object = None) -> int:
        """Make and open a file."""
        return os.open(self._new(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        return os.open(self._real(path), flags & ~os.O_NOFOLLOW)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Read."""
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Write, unless it would be too much."""
        self._check_size(offset + len(data))
        self._written_bytes += len(data)
        if self._limits.quota_bytes and self._written_bytes > self._limits.quota_bytes:
            raise mfusepy.FuseOSError(errno.EDQUOT)
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """Cut or lengthen a file, unless it would be too large."""
        self._check_size(length)
        os.truncate(self._real(path), length)
        return 0

    def release(self, path: str, fh: int) -> int:
        """Close a file."""
        os.close(fh)
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        """Make a directory."""
        os.mkdir(self._new(path), mode)
        return 0

    def symlink(self, target: str, source: str) -> int:
        """Make a symlink; the library calls its own path `target`."""
        if not self._limits.has_links:
            raise mfusepy.FuseOSError(errno.EPERM)
        os.symlink(source, self._new(target))
        return 0

    def readlink(self, path: str) -> str:
        """Return where a symlink leads."""
        return os.readlink(self._real(path))

    def unlink(self, path: str) -> int:
        """Remove a file."""
        os.unlink(self._real(path))
        return 0

    def rmdir(self, path: str) -> int:
        """Remove a directory."""
        os.rmdir(self._real(path))
        return 0

    def rename(self, old: str, new: str) -> int:
        """Rename; what is replaced hands on how its name is written."""
        source, target = self._real(old), self._new(new)
        if source == target:
            target = os.path.join(os.path.dirname(target), os.path.basename(new))
        os.rename(source, target)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        """Set permissions, where they are kept."""
        if not self._limits.mode:
            os.chmod(self._real(path), mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        """Set the owner, where one is kept."""
        if self._limits.mode and {uid, gid} - {-1, 0, (1 << 32) - 1}:
            raise mfusepy.FuseOSError(errno.EPERM)
        os.lchown(self._real(path), uid, gid)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        """Set times, rounded."""
        real = self._real(path)
        found = os.lstat(real)
        before = (found.st_atime_ns, found.st_mtime_ns)
        wanted = (_NOW_NS, _NOW_NS) if times is None else times
        settled = [
            {_NOW_NS: time.time_ns(), _OMIT_NS: was}.get(each, each) for each, was in zip(wanted, before, strict=True)
        ]
        os.utime(real, ns=(self._rounded(settled[0]), self._rounded(settled[1])), follow_symlinks=False)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        """Return the room that the disk below has."""
        found = os.statvfs(self._source)
        return {name: getattr(found, name) for name in dir(found) if name.startswith("f_") and name != "f_fsid"}

    def _check_size(self, size: int) -> None:
        if self._limits.largest_bytes and size > self._limits.largest_bytes:
            raise mfusepy.FuseOSError(errno.EFBIG)

    def _rounded(self, time_ns: int) -> int:
        return time_ns - time_ns % (self._limits.coarse_s * _SECOND_NS) if self._limits.coarse_s else time_ns

    def _new(self, path: str) -> str:
        """Return the real path of what is to be made, unless its name can't be."""
        if set(os.path.basename(path)) & set(self._limits.bad):
            raise mfusepy.FuseOSError(errno.EINVAL)
        return self._real(path)

    def _real(self, path: str) -> str:
        """Return the path below `source`, with every name written as it is there."""
        real = self._source
        for part in path.split("/"):
            if part:
                real = os.path.join(real, self._written(real, part))
        return real

    def _written(self, directory: str, name: str) -> str:
        if self._limits.drops_last_dots:
            name = name.rstrip(".") or name
        if not self._limits.folds_case or not os.path.isdir(directory):
            return name
        folded = name.casefold()
        return next((other for other in os.listdir(directory) if other.casefold() == folded), name)


def encoded(limits: Limits) -> str:
    """Return the first word of the command line."""
    return json.dumps(dataclasses.asdict(limits))


def main() -> None:
    """Serve until it is unmounted."""
    os.umask(0)
    limits, source, place = sys.argv[1:]
    never = dict.fromkeys(("attr_timeout", "entry_timeout", "negative_timeout"), 0)
    mfusepy.FUSE(
        Picky(source, Limits(**json.loads(limits))),
        place,
        foreground=True,
        nothreads=True,
        allow_other=True,
        fsname="picky",
        **never,
    )


if __name__ == "__main__":
    main()
