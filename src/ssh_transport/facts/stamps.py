"""What tells one version of a file from another, as rsync sees it: its bytes, and the second it was written in."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box

_SECOND_NS = 10**9
_ASK = '[ -f "$1" ] && [ ! -L "$1" ] && stat -c "%s %Y" -- "$1" || :'


def stamp_here(path: str) -> tuple[int, int] | None:
    """Return the stamp of a local file, or `None` for what is none."""
    try:
        seen = Path(path).lstat()
    except OSError:
        return None
    return (seen.st_size, seen.st_mtime_ns // _SECOND_NS) if stat.S_ISREG(seen.st_mode) else None


def stamp_there(box: Box, path: str) -> tuple[int, int] | None:
    """Return the stamp of a file on the box, or `None` for what is none, and where `stat` is not GNU's or BusyBox's."""
    said = re.fullmatch(r"(\d{1,19}) (-?\d{1,19})\n", shell.run(box, _ASK, path).stdout)
    return (int(said[1]), int(said[2])) if said else None
