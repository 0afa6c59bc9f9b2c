"""Complete by size, for boxes where hashing is too dear: a directory that holds so many bytes counts as whole."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.text import one_line
from ssh_transport.trees.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssh_transport.trees.tree import Entry, Tree

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([KMGT]?)", re.IGNORECASE | re.ASCII)
_EXPONENTS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


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
    :raises Incomplete: see `Walk`.
    """
    top = side.look(path)
    if top is None or top.kind != "d":
        return False

    def listed(level: Iterable[str]) -> Iterator[Mapping[str, Entry]]:
        for directory in level:
            tick()
            yield side.names(directory)

    held_bytes = 0
    walk = Walk([path], listed, path)
    for directory, entries in walk:
        walk.count(len(entries))
        held_bytes += sum(entry.size for entry in entries.values() if entry.kind == "f")
        if held_bytes >= least_bytes:
            return True
        inner = (name for name, entry in entries.items() if entry.kind == "d" and name not in LEFT_OUT)
        walk.enter(posixpath.join(directory, name) for name in inner)
    return False
