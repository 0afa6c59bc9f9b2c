"""The stamp of a file, by which rsync recognises a changed file: its size and its modification time in seconds."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

_SECOND_NS = 10**9
_STAMP = re.compile(r"(\d{1,19}) (-?\d{1,19})")
_ASK = """
for path; do
    { [ -f "$path" ] && [ ! -L "$path" ] && stat -c "%s %Y" -- "$path"; } || echo none
done
"""


def stamp_here(path: str) -> tuple[int, int] | None:
    """Return the stamp of a local regular file, or `None` for anything else."""
    try:
        status = Path(path).lstat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns // _SECOND_NS) if stat.S_ISREG(status.st_mode) else None


def stamps_there(box: Box, paths: Sequence[str]) -> list[tuple[int, int] | None]:
    """As `stamp_here` for each, on the box; `None` also if its `stat` is neither GNU's nor BusyBox's."""
    found = [_STAMP.fullmatch(line) for line in shell.run(box, _ASK, *paths).stdout.splitlines()]
    return [(int(match[1]), int(match[2])) if match else None for match in found]
