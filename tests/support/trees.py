"""Directory trees to copy, and the comparison of two of them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE_NAMES = (
    "with space",
    "quote'and\"quote",
    "new\nline",
    "-leading-dash",
    "--delete",
    "ünïcode-文件",
    "$(touch pwned);`id`&|>x",
    "back\\slash",
    "star*[a]?",
    "tilde~",
    "#012 \\#012",
    ".hidden",
    "colon:name",
)


def make_tree(root: Path, *, large_bytes: int = 0) -> None:
    """Make what checkpoints and people leave: hostile names, links, an empty directory, odd modes, old times."""
    root.mkdir(parents=True)
    for name in HOSTILE_NAMES:
        (root / name).write_text(f"content of {name}")
        (root / f"dir {name}").mkdir()
        (root / f"dir {name}" / name).write_bytes(os.urandom(50))
    (root / "link").symlink_to("with space")
    (root / "dangling").symlink_to("nowhere at all")
    (root / "empty directory").mkdir()
    (root / "executable").write_text("#!/bin/sh\n")
    (root / "executable").chmod(0o750)
    (root / "read only").write_text("x")
    (root / "read only").chmod(0o440)
    os.utime(root / "executable", (1_600_000_000, 1_600_000_000))
    if large_bytes:
        (root / "large.bin").write_bytes(os.urandom(large_bytes))
    os.utime(root / "empty directory", (1_500_000_000, 1_500_000_000))


def described(root: Path) -> dict[str, tuple[object, ...]]:
    """Return kind, mode, time in seconds and content of everything below `root`, to compare two trees."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            found[str(path.relative_to(root))] = ("link", str(path.readlink()))
            continue
        if stat.S_ISREG(status.st_mode):
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (oct(status.st_mode), int(status.st_mtime), content)
    return found


def names(root: Path) -> set[str]:
    """Return the names of everything below `root`."""
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def litter(root: Path) -> list[str]:
    """Return what a copy should not leave behind."""
    return [name for name in sorted(names(root)) if "-partial" in name or name.rpartition("/")[2].startswith(".large")]
