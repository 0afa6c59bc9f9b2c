"""Whether files arrived, asked about by themselves where they are few: a plan is more round trips."""

from __future__ import annotations

import posixpath
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.request.landing import sources_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.engine import Plan

    from .output import Item

_SECOND_NS = 10**9
# By which rsync recognises a changed file.
_STAMP = re.compile(r"(\d{1,19}) (-?\d{1,19})")
_ASK = """
for path; do
    { [ -f "$path" ] && [ ! -L "$path" ] && stat -c "%s %Y" -- "$path"; } || echo none
done
"""
_FEW, _FEW_BYTES = 64, 1 << 15


def is_same_file(request: Request, plan: Plan) -> bool:
    """Whether one file was copied, and both ends have it by what rsync too goes by: size and second."""
    source = request.source.path
    if list(plan.sources) != [posixpath.basename(source)] or plan.deletions:
        return False
    (write,) = plan.writes
    if not write.is_file:
        return False
    target = posixpath.join(plan.root, write.name)
    here, there = (target, source) if request.target.is_here else (source, target)
    found = stamp_here(here)
    return found is not None and [found] == stamps_there(request.box, [there])


def are_there(request: Request, plan: Plan, items: Sequence[Item], root: tuple[str, str]) -> bool:
    """
    Whether a push brought what the source has by now, likewise; of many files, and of links, nothing is said, which is
    no.

    :param items: all that the source has now, as a copy to where nothing is.
    :param root: as `Landing.root` returns it.
    """
    if plan.deletions or plan.unlisted or plan.dangling or request.options.copy_links:
        return False
    names = [item.name for item in items if item.is_file]
    holder, renamed = root
    there = [posixpath.join(holder, renamed or name) for name in names]
    has_links = any(item.code[1] not in "fd" for item in items)
    if has_links or not names or len(names) > _FEW or sum(map(len, there)) > _FEW_BYTES:
        return False
    above = sources_root(request.source.path)
    found = [stamp_here(posixpath.join(above, name)) for name in names]
    return None not in found and found == stamps_there(request.box, there)


def stamp_here(path: str) -> tuple[int, int] | None:
    """Return size and second of a local regular file, or `None` for anything else."""
    try:
        status = Path(path).lstat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns // _SECOND_NS) if stat.S_ISREG(status.st_mode) else None


def stamps_there(box: Box, paths: Sequence[str]) -> list[tuple[int, int] | None]:
    """As `stamp_here` for each, on the box; `None` also if its `stat` is neither GNU's nor BusyBox's."""
    found = [_STAMP.fullmatch(line) for line in shell.run(box, _ASK, *paths).stdout.splitlines()]
    return [(int(match[1]), int(match[2])) if match else None for match in found]
