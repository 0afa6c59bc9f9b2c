"""Whether the target can hold what is copied, by its file system: asked before the first byte."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointTooWeak, Guarded
from ssh_transport.facts.abilities import Abilities, abilities
from ssh_transport.facts.directory import normal
from ssh_transport.text import count, folded, one_line, size
from ssh_transport.trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.request.end import End
    from ssh_transport.request.request import Request

    from .columns import Write
    from .ends import Ends
    from .engine import Engine, Plan

_TOLD = 5
# Those of Linux itself hold every name and size. Somebody may have told them to fold case: that is tried where names of
# a copy would become one.
_HOLDS_ALL, _SURELY_HELD_BYTES = frozenset({"btrfs", "ext4", "overlay", "tmpfs", "xfs"}), 1 << 40
# Growing a file fills it with zeros there; what they can't hold is known.
_FILLS = frozenset({"msdos", "vfat"})
# Drivers for storage in a network, which would send the zeros.
_REMOTE = "fuse."


def abilities_of(request: Request, ends: Ends, plan: Plan) -> Abilities:
    """Return what the target's file system can hold of a plan; tried where it is not known, and will be written."""
    directory = ends.destination.directory
    if request.options.dry_run or not plan.writes or not directory.is_writable:
        return Abilities()
    kind = directory.filesystem.kind if directory.filesystem else ""
    largest = max(write.bytes for write in plan.writes)
    holds_all = kind in _HOLDS_ALL and largest <= _SURELY_HELD_BYTES
    if holds_all and not _same_when_folded(write.name for write in plan.writes):
        return Abilities()
    tries_size = kind not in _FILLS and not kind.startswith(_REMOTE)
    names = (_own_name(write) for write in plan.writes)
    try:
        return abilities(request.target.box, directory.ancestor, names=names, size_bytes=largest if tries_size else 0)
    except EndpointTooWeak:
        return Abilities()


def check(request: Request, engine: Engine, plan: Plan, able: Abilities) -> None:
    """
    Refuse what the target's file system can't hold.

    :raises Guarded: two names would become one, a name can't be, or a file is too large; with the way round it.
    """
    where = f"`{one_line(str(request.target))}`"
    if able.folds_case and (pairs := _same_when_folded(engine.source_names())):
        raise _become_one(request.target, pairs)
    refused = [write.name for write in plan.writes if _own_name(write) in able.refused_names]
    if refused:
        raise Guarded(
            f"{count(len(refused), 'name')} can't be at {where}; nothing was changed",
            box=request.target.name,
            cause="\n".join(one_line(name) for name in refused[:_TOLD]),
            hint="rename them, --exclude them, pack them into an archive, or name another target with --to",
        )
    if able.refuses_size:
        largest = max(plan.writes, key=lambda write: write.bytes)
        raise Guarded(
            f"a file of {size(largest.bytes)} is too large for the file system at {where}; nothing was changed",
            box=request.target.name,
            cause=one_line(largest.name),
            hint="name another target with --to, or --exclude it",
        )


def names_to_keep(engine: Engine, ends: Ends, plan: Plan) -> Iterable[str]:
    """Return names at the source which the target may have by another spelling: where it is known for none, but few."""
    directory = ends.destination.directory
    is_known = directory.filesystem is not None and directory.filesystem.kind in _HOLDS_ALL
    return (write.name for write in plan.writes) if is_known else engine.source_names()


def check_pairs(target: End, names: Iterable[str]) -> None:
    """
    Refuse names that would become one at a target which several copies make together: each of them sees its own alone.

    :raises Guarded: with the names.
    """
    pairs = _same_when_folded(names)
    if not pairs:
        return
    tree, path = tree_of(target), normal(target.path)
    while tree.look(path, follow=True) is None and posixpath.dirname(path) != path:
        path = posixpath.dirname(path) or "."
    if abilities(target.box, path).folds_case:
        raise _become_one(target, pairs)


def _become_one(target: End, pairs: Sequence[tuple[str, str]]) -> Guarded:
    what = f"{count(len(pairs), 'pair')} of names would become one at `{one_line(str(target))}`; nothing was changed"
    told = "\n".join(f"{one_line(one)} and {one_line(other)}" for one, other in pairs[:_TOLD])
    cause = f"{told}\nits file system takes capital and small letters for the same"
    hint = "--exclude one of them, rename it, or name another target with --to"
    return Guarded(what, box=target.name, cause=cause, hint=hint)


def _own_name(write: Write) -> str:
    """Return the last part of a name; of what is copied itself, called ``./``, nothing."""
    return posixpath.basename(write.name.rstrip("/")) if write.name != "./" else ""


def _same_when_folded(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of names that differ only in case, or in how an accent is written; nothing below such a pair."""
    first: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for name in sorted(names):
        plain = name.rstrip("/")
        other = first.setdefault(folded(plain), plain)
        above = posixpath.dirname(plain)
        if other != plain and posixpath.dirname(other) == above:
            pairs.append((other, plain))
    return pairs
