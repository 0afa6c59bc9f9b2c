"""The sizes of regular files, where they are."""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssh_transport.box import Box

_ASK = """
cd -- "$1" 2>/dev/null || exit 0
shift
for name; do if [ -f "$name" ] && [ ! -L "$name" ]; then stat -c %s -- "$name" || echo; else echo; fi; done
"""


def sizes_here(root: str, names: Iterable[str]) -> Mapping[str, int]:
    """Return the bytes of each file below a local directory; what is missing or no regular file is left out."""
    found: dict[str, int] = {}
    for name in names:
        try:
            seen = Path(root, name).lstat()
        except OSError:
            continue
        if stat.S_ISREG(seen.st_mode):
            found[name] = seen.st_size
    return found


def holds_over(path: str, *, limit_bytes: int, limit_names: int) -> bool:
    """Whether a local path holds more bytes, or more names, than so many; what can't be looked at holds nothing."""
    held = seen = 0
    with contextlib.suppress(OSError):
        held = Path(path).lstat().st_size
    for directory, directories, names in os.walk(path):
        seen += len(names) + len(directories)
        if seen > limit_names:
            return True
        held += sum(sizes_here(directory, names).values())
        if held > limit_bytes:
            return True
    return held > limit_bytes


def sizes_there(box: Box, root: str, batches: Iterable[Sequence[str]]) -> Mapping[str, int]:
    """As `sizes_here` on a box: one command for each batch, which must fit a command line."""
    found: dict[str, int] = {}
    for batch in batches:
        lines = shell.run(box, _ASK, root, *batch).stdout.splitlines()
        found.update((name, int(line)) for name, line in zip(batch, lines, strict=False) if line.isdigit())
    return found


def sizes_by_sftp(box: Box, root: str, names: Iterable[str]) -> dict[str, int]:
    """As `sizes_there`, of a box that runs no commands."""
    found = {}
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            found[name] = box.sftp.lstat(posixpath.join(root, name)).size
    return found
