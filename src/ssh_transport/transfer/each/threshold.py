"""Complete by size, for boxes where hashing is too dear: a directory that holds so many bytes counts as whole."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.text import one_line
from ssh_transport.transfer.sftp.tree import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.transfer.sftp.tree import Tree

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([KMGT]?)", re.IGNORECASE | re.ASCII)
_EXPONENTS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_DEEPEST = 100
_MOST_ENTRIES = 5_000_000


def size_bytes(text: str) -> int:
    """
    Read a size as rsync does: ``500M`` or ``1.5G``, in powers of 1024.

    :raises UsageError: it is none, or nothing at all.
    """
    match = _SIZE.fullmatch(text)
    size = int(float(match[1]) * 1024 ** _EXPONENTS[match[2].upper()]) if match else 0
    if not size:
        raise UsageError(f"`{one_line(text)}` is no size", hint="bytes, or with a suffix: --min-size=1G")
    return size


def reaches(side: Tree, path: str, least_bytes: int, tick: Callable[[], None]) -> bool:
    """
    Whether the files below a directory hold `least_bytes` together; what unfinished copies left does not count.

    :param tick: called for every directory.
    """
    top = side.look(path)
    if top is None or top.kind != "d":
        return False
    held = seen = 0
    level = [path]
    for _ in range(_DEEPEST):
        below: list[str] = []
        for directory in level:
            tick()
            entries = side.names(directory)
            seen += len(entries)
            held += sum(entry.size for entry in entries.values() if entry.kind == "f")
            if held >= least_bytes:
                return True
            if seen > _MOST_ENTRIES:
                raise Incomplete(f"more than {_MOST_ENTRIES:,} files are in `{one_line(path)}`")
            inner = (name for name, entry in entries.items() if entry.kind == "d" and name not in LEFT_OUT)
            below += (posixpath.join(directory, name) for name in inner)
        if not below:
            return False
        level = below
    raise Incomplete(f"more than {_DEEPEST} directories deep: `{one_line(level[0])}`")
