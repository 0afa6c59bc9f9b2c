"""The sizes of regular files, here and on a box."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssh_transport.box import Box

_ASK = """
cd -- "$1" 2>/dev/null || exit 0
shift
for name; do if [ -f "$name" ] && [ ! -L "$name" ]; then stat -c %s -- "$name" || echo; else echo; fi; done
"""


def sizes_here(root: str, names: Iterable[str]) -> Mapping[str, int]:
    """Return the size in bytes of each file below a local directory; missing and special files are left out."""
    sizes: dict[str, int] = {}
    for name in names:
        try:
            status = Path(root, name).lstat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            sizes[name] = status.st_size
    return sizes


def holds_over(path: str, *, limit_bytes: int, limit_names: int) -> bool:
    """Whether a local tree has more bytes or more names than the limits; unreadable directories count as empty."""
    total_bytes = total_names = 0
    with contextlib.suppress(OSError):
        total_bytes = Path(path).lstat().st_size
    for directory, directories, names in os.walk(path):
        total_names += len(names) + len(directories)
        if total_names > limit_names:
            return True
        total_bytes += sum(sizes_here(directory, names).values())
        if total_bytes > limit_bytes:
            return True
    return total_bytes > limit_bytes


def sizes_there(box: Box, root: str, batches: Iterable[Sequence[str]]) -> Mapping[str, int]:
    """As `sizes_here`, on a box: one command for each batch, which must fit into a command line."""
    sizes: dict[str, int] = {}
    for batch in batches:
        lines = shell.run(box, _ASK, root, *batch).stdout.splitlines()
        sizes.update((name, int(line)) for name, line in zip(batch, lines, strict=False) if line.isdecimal())
    return sizes
