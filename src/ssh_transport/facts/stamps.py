"""The stamp of a file, by which rsync recognises a changed file: its size and its modification time in seconds."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box

_SECOND_NS = 10**9
_ASK = '[ -f "$1" ] && [ ! -L "$1" ] && stat -c "%s %Y" -- "$1" || :'


def stamp_here(path: str) -> tuple[int, int] | None:
    """Return the stamp of a local regular file, or `None` for anything else."""
    try:
        status = Path(path).lstat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns // _SECOND_NS) if stat.S_ISREG(status.st_mode) else None


def stamp_there(box: Box, path: str) -> tuple[int, int] | None:
    """As `stamp_here`, on the box; `None` also if its `stat` is neither GNU's nor BusyBox's."""
    match = re.fullmatch(r"(\d{1,19}) (-?\d{1,19})\n", shell.run(box, _ASK, path).stdout)
    return (int(match[1]), int(match[2])) if match else None
