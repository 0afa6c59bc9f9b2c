"""Files that are put together beside their names, and get these when all is there. Runs on a box's Python 3.6."""

import hashlib
import os
import stat
from typing import Any, Collection, List, Optional, Sequence, Union

_OURS = os.O_NOFOLLOW | os.O_CLOEXEC
_NO_NAMES = (b"", b".", b"..")


class Staged:
    """
    The files of one copy.

    :param root: the directory that their names are below; made if it is missing.
    :param place: the directory in it that holds them until all is there, and the name of this copy in that.
    :param files: name, size and modification time in nanoseconds of each.
    :param modes: the mode of each, where they are known; `None` for what has none.
    :param directories: name, mode and time of directories that they are in, the deepest first.
    """

    def __init__(
        self,
        root: bytes,
        place: Sequence[bytes],
        files: Sequence[Any],
        modes: Sequence[Optional[int]] = (),
        directories: Sequence[Any] = (),
    ) -> None:
        os.makedirs(root, exist_ok=True)
        self._files = files
        self._modes = modes
        self._directories = directories
        self._names = place
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._holder = _directory(self._root, place[0])
        self._place = _directory(self._holder, place[1])

    def holds(self, slices: Sequence[Sequence[int]], plain: str) -> bool:
        """Whether an earlier run has written all of a part."""
        found = hashlib.sha256()
        for number, offset, length in slices:
            try:
                handle = os.open(b"%d" % number, os.O_RDONLY | _OURS, dir_fd=self._place)
            except OSError:
                return False
            try:
                found.update(os.pread(handle, length, offset))
            finally:
                os.close(handle)
        return found.hexdigest() == plain

    def write(self, slices: Sequence[Sequence[int]], data: Union[bytes, bytearray]) -> None:
        """Write what a part holds to where it belongs."""
        rest = memoryview(data)
        for number, offset, length in slices:
            handle = os.open(b"%d" % number, os.O_WRONLY | os.O_CREAT | _OURS, 0o600, dir_fd=self._place)
            try:
                block, at = rest[:length], offset
                while block:
                    written = os.pwrite(handle, block, at)
                    block, at = block[written:], at + written
            finally:
                os.close(handle)
            rest = rest[length:]

    def publish(self, without: Collection[int]) -> int:
        """
        Give the files their names and times, and remove what is left; return how many have got one.

        What stands where a link leads, or in place of a directory, is left to whoever copies next.
        """
        named = 0
        for number, (name, size, mtime_ns) in enumerate(self._files):
            if number not in without:
                mode = self._modes[number] if self._modes else None
                named += self._publish(b"%d" % number, name, size, mtime_ns, mode)
        for name in os.listdir(self._place):
            os.unlink(name, dir_fd=self._place)
        for holder, name in ((self._holder, self._names[1]), (self._root, self._names[0])):
            try:
                os.rmdir(name, dir_fd=holder)
            except OSError:
                break
        for directory in self._directories:
            self._set(*directory)
        return named

    def close(self) -> None:
        """Keep what is there."""
        for handle in (self._place, self._holder, self._root):
            os.close(handle)

    def _set(self, name: bytes, mode: int, mtime_ns: int) -> None:
        """Give a directory mode and time; what is none, or not to be set, is left to whoever copies next."""
        opened = []
        try:
            opened.append(os.open(b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._root))
            for part in name.split(b"/") if name else []:
                if part in _NO_NAMES:
                    return
                opened.append(os.open(part, os.O_RDONLY | os.O_DIRECTORY | _OURS, dir_fd=opened[-1]))
            os.fchmod(opened[-1], mode)
            os.utime(opened[-1], ns=(mtime_ns, mtime_ns))
        except (OSError, OverflowError):
            pass
        finally:
            for one in opened:
                os.close(one)

    def _publish(self, staged: bytes, name: bytes, size: int, mtime_ns: int, mode: Optional[int]) -> bool:
        *above, last = name.split(b"/")
        if any(part in _NO_NAMES for part in [*above, last]):
            return False
        opened: List[int] = [self._root]
        handle: Optional[int] = None
        try:
            handle = os.open(staged, os.O_RDONLY | _OURS, dir_fd=self._place)
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size != size:
                return False
            for part in above:
                opened.append(_directory(opened[-1], part))
            os.utime(handle, ns=(mtime_ns, mtime_ns))
            if mode is not None:
                os.fchmod(handle, mode)
            os.rename(staged, last, src_dir_fd=self._place, dst_dir_fd=opened[-1])
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError, OverflowError):
            return False
        finally:
            for one in opened[1:] if handle is None else [*opened[1:], handle]:
                os.close(one)
        return True


def _directory(holder: int, name: bytes) -> int:
    """Open a directory, made for us alone if it is missing; not what a link leads to."""
    try:
        os.mkdir(name, 0o700, dir_fd=holder)
    except FileExistsError:
        pass
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | _OURS, dir_fd=holder)
    except OSError:
        raise NotADirectoryError(20, "Not a directory", name) from None
