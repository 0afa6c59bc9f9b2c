"""Where files are completed before they get their final names, and how they get them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError
from ssh_transport.leftovers import LEFT_OUT, RSYNC_PARTIAL_DIRECTORY, SFTP_PARTIAL_DIRECTORY, STAGING_DIRECTORY
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .listing import Entry

# A file system cuts times down to one of these; SFTP and busybox tell whole seconds.
_STEPS_NS = (1, 100, 1_000, 1_000_000, 1_000_000_000)
_FAT_STEP_NS = 2_000_000_000


class Staging:
    """
    The staging directory of one watch, inside its target and so on the same file system.

    :param target: the directory that gets the files.
    :param key: tells this watch from others with the same target; a file name.
    """

    def __init__(self, target: Path, key: str) -> None:
        self._target = target
        self._link = target / STAGING_DIRECTORY / f"{key}.link"
        self.root = target / STAGING_DIRECTORY / key

    def open(self) -> None:
        """
        Make the directories, private but for the target itself.

        :raises LocalFileError: a link stands in their place, which would lead what is written astray.
        """
        for path, mode in ((self._target, 0o777), (self.root.parent, 0o700), (self.root, 0o700)):
            if path.is_symlink():
                raise _in_the_way(path, "a link")
            path.mkdir(mode=mode, parents=True, exist_ok=True)

    def close(self) -> bool:
        """Remove what is empty; return whether anything is kept."""
        for directory, _, _ in os.walk(self.root, topdown=False):
            with contextlib.suppress(OSError):
                Path(directory).rmdir()
        with contextlib.suppress(OSError):
            self.root.parent.rmdir()
        return self.root.exists()

    def prune(self, wanted: Mapping[str, Entry]) -> None:
        """Remove what is not wanted any more, partial files too: it vanished at the source, or came another way."""
        for directory, below, files in os.walk(self.root):
            if Path(directory).name == SFTP_PARTIAL_DIRECTORY:
                continue
            if not os.access(directory, os.W_OK):
                Path(directory).chmod(0o700)
            for path in (Path(directory, name) for name in (*below, *files) if name not in LEFT_OUT):
                entry = wanted.get(self._name(path))
                if entry is None or entry.kind != _kind(path):
                    _remove(path)

    def holds(self, name: str, entry: Entry) -> bool:
        """Whether what the box showed can be published: the file is complete in here, and no other version."""
        return entry.kind != "f" or shows(self.root / name, entry, steps_ns=(*_STEPS_NS, _FAT_STEP_NS))

    def publish(self, name: str, entries: Mapping[str, Entry]) -> None:
        """
        Give what has arrived its final name, in place of the file or link that had it.

        Directories are made with the modes they have on the box, but writable for us.

        :raises LocalFileError: something stands where a directory must be, or a directory where this must go.
        """
        entry, final = entries[name], self._target / name
        for above in reversed(Path(name).parents[:-1]):
            self._make(self._target / above, entries[str(above)].mode)
        if entry.kind == "d":
            self._make(final, entry.mode)
            return
        if final.is_dir() and not final.is_symlink():
            raise _in_the_way(final, "a directory")
        if entry.kind == "l":
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(entry.link)
            self._link.replace(final)
            return
        staged = self.root / name
        if not os.access(staged.parent, os.W_OK):
            staged.parent.chmod(0o700)
        staged.replace(final)

    def _name(self, path: Path) -> str:
        """Return the name that something in the staging directory will get; a partial file is beside it, one deeper."""
        return str(Path(*(part for part in path.relative_to(self.root).parts if part != RSYNC_PARTIAL_DIRECTORY)))

    def _make(self, directory: Path, mode: int) -> None:
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            # A link that the box sent would lead what is written below it out of the target.
            if not stat.S_ISDIR(directory.lstat().st_mode):
                raise _in_the_way(directory, "a file or link") from None
        else:
            directory.chmod(mode | 0o700)


def shows(path: Path, entry: Entry, *, steps_ns: Iterable[int] = _STEPS_NS) -> bool:
    """Whether a local path has what the box shows: the same kind, and size and time, or where it leads."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if entry.kind == "l":
        return stat.S_ISLNK(found.st_mode) and os.readlink(path) == entry.link  # noqa: PTH115 - `Path` tidies it up
    if entry.kind == "d":
        return stat.S_ISDIR(found.st_mode)
    same_size = stat.S_ISREG(found.st_mode) and found.st_size == entry.size
    return same_size and _same_time(found.st_mtime_ns, entry.mtime_ns, steps_ns)


def _same_time(one_ns: int, other_ns: int, steps_ns: Iterable[int]) -> bool:
    """Whether two times are the same, or one is the other cut down to a coarser step."""
    earlier, later = sorted((one_ns, other_ns))
    return any(earlier % step == 0 and later - earlier < step for step in steps_ns)


def _in_the_way(path: Path, what: str) -> LocalFileError:
    return LocalFileError(
        f"{what} stands at `{one_line(str(path))}`, where something else must go",
        hint="move it away, or name another target with --to",
    )


def _kind(path: Path) -> str:
    return "l" if path.is_symlink() else "d" if path.is_dir() else "f"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
