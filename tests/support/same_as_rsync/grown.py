"""Trees as data made real, and real ones described, to compare them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from .case import OUTSIDE, above

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .case import Thing

# Whatever is younger got its time in the run.
YOUNGEST_S = 1_700_000_000
_TEXT = b"".join(b"line %d of a text that no guard minds\n" % number for number in range(3_000))
_EVERY = 997


class Seen(NamedTuple):
    """
    What a comparison sees of a file, directory or link.

    The time is 0 where nobody set one, and for links, whose times SFTP can't set.
    """

    kind: str
    mode: int = 0
    mtime_s: int = 0
    content: bytes = b""


def text(version: int, size_bytes: int) -> bytes:
    """Return the content of a file; two versions have most of their bytes in common."""
    found = bytearray(_TEXT[:size_bytes])
    if version:
        found[::_EVERY] = bytes([64 + version]) * len(found[::_EVERY])
    return bytes(found)


def grow(root: Path, tree: Mapping[str, Thing], outside: Path) -> None:
    """Make what a tree says at `root`, whose parent is there."""
    for name, thing in tree.items():
        path = _at(root, name)
        if thing.kind == "d":
            path.mkdir()
        elif thing.kind == "f":
            path.write_bytes(text(thing.version, thing.size_bytes))
        else:
            path.symlink_to(thing.link.replace(OUTSIDE, str(outside)))
    for name, thing in reversed(list(tree.items())):
        path = _at(root, name)
        if thing.kind != "l":
            path.chmod(thing.mode)
        os.utime(path, (thing.mtime_s, thing.mtime_s), follow_symlinks=False)


def described(root: Path, outside: Path) -> dict[str, Seen]:
    """Return everything below `root`."""
    return {str(path.relative_to(root)): _seen(path, outside) for path in sorted(root.rglob("*"))}


def topmost(names: set[str]) -> set[str]:
    """Return the names that are not below another of them."""
    return {name for name in names if not any(up in names for up in _all_above(name))}


def _all_above(name: str) -> list[str]:
    found = []
    while name := above(name):
        found.append(name)
    return found


def _seen(path: Path, outside: Path) -> Seen:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return Seen("l", content=os.fsencode(str(path.readlink()).replace(str(outside), OUTSIDE)))
    mtime_s = int(status.st_mtime) if status.st_mtime < YOUNGEST_S else 0
    if stat.S_ISDIR(status.st_mode):
        return Seen("d", stat.S_IMODE(status.st_mode), mtime_s)
    return Seen("f", stat.S_IMODE(status.st_mode), mtime_s, path.read_bytes())


def _at(root: Path, name: str) -> Path:
    return root / name if name else root
