"""From what two sides differ in to the plan of a copy."""

from __future__ import annotations

import contextlib
import posixpath
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.request.landing import leads_outside, own_name, sources_root
from ssh_transport.sftp import wire
from ssh_transport.text import count
from ssh_transport.transfer.columns import KINDS, Changes, Write, Writes
from ssh_transport.transfer.engine import Plan

from .differences import at
from .file import partial_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.request.request import Request

    from .differences import Differences, Step

_LARGE_BYTES, _BLOCK_BYTES = 1 << 24, 512
_SET_IDS = stat.S_ISUID | stat.S_ISGID
# What a time out of range becomes.
_BEYOND = (wire.seconds(-1.0), wire.seconds(float(1 << 62)))


def plan_of(todo: Differences, base: str, request: Request) -> Plan:
    """
    Return the plan, with names as rsync gives them.

    :param base: where the top lands.
    """
    own = own_name(request.source.path)
    by_name = bool(own)
    top = posixpath.basename(base) if by_name else ""
    root = posixpath.dirname(base) if by_name else base

    def named(step: Step) -> str:
        return at(top, step.name) or "./"

    deletions = sorted(at(top, name) + "/" * is_directory for name, is_directory in todo.doomed.items())

    def partial_of(step: Step) -> str:
        path = partial_path(at(base, step.name), step.entry)
        directory, name = posixpath.split(path)
        return posixpath.relpath(path, root or ".") if name in todo.partials.get(directory, ()) else ""

    def word(step: Step) -> str:
        return f"{'changed' if step.name in todo.standing else 'new'} {KINDS[step.entry.kind]}:"

    def write(step: Step, name: str) -> Write:
        kind = step.entry.kind
        return Write(
            name=name,
            bytes=step.entry.size if kind == "f" else 0,
            is_new=step.name not in todo.standing,
            is_file=kind == "f",
            is_link=kind == "l",
            partial=partial_of(step) if kind == "f" and not request.options.inplace else "",
        )

    steps = [*todo.directories, *todo.files, *todo.links]
    names = [named(step) for step in steps]
    shown = (
        f"{name.rstrip('/')}/" if step.entry.kind == "d" else name for step, name in zip(steps, names, strict=True)
    )
    return Plan(
        files=len(todo.files),
        bytes=sum(step.entry.size for step in todo.files),
        changes=Changes(
            [
                *zip(map(word, steps), shown, strict=True),
                *(("attributes:", named(step)) for step in todo.attributes),
                *(("delete:", name) for name in deletions),
                *(("unreadable:", said) for said in todo.failures),
            ]
        ),
        links=len(todo.links),
        deletions=deletions,
        source_names=todo.count,
        kept_names=todo.kept,
        matched=todo.matched,
        skipped=todo.skipped,
        root=root,
        writes=Writes(map(write, steps, names)),
        directories=len(todo.directories),
        outside_links=[
            f"{at(top, link.name)} -> {link.entry.link}"
            for link in todo.links
            if leads_outside(at(top, link.name), link.entry.link, top)
        ],
        options=[
            *(["--inplace"] if request.options.inplace else []),
            *(["--atomic"] if request.options.atomic else []),
        ],
        in_place=request.options.inplace,
        sources=names if own == top else [at(own, step.name) or "./" for step in steps],
        losses=[*_losses(steps), *_filled(todo.files, request)],
    )


def _losses(steps: Sequence[Step]) -> Iterator[str]:
    """Yield what this engine does not carry: rights of others, and times for which the protocol has no number."""
    set_ids = sum(bool(step.entry.mode & _SET_IDS) and step.entry.kind == "f" for step in steps)
    if set_ids:
        yield f"{count(set_ids, 'file')} with a set-id bit: copied without it (rsync keeps it)"
    if beyond := sum(step.entry.mtime_s in _BEYOND for step in steps):
        yield f"{count(beyond, 'name')} with a time before 1970 or after 2106: SFTP has none, they get the nearest"


def _filled(files: Sequence[Step], request: Request) -> Iterator[str]:
    """Yield that holes will be filled, where this machine can tell."""
    if not request.source.is_here:
        return
    root, own = sources_root(request.source.path), own_name(request.source.path)
    large = [Path(root, at(own, step.name)) for step in files if step.entry.size >= _LARGE_BYTES]
    if hollow := sum(_is_hollow(path) for path in large):
        yield f"{count(hollow, 'file')} with large holes: stored without them (rsync keeps them)"


def _is_hollow(path: Path) -> bool:
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_blocks * _BLOCK_BYTES < found.st_size // 2
    return False
