"""
Deleting at the target what the source lacks: refused where it looks like a mistake, done last, name by name.

It is the only place where a copy deletes. Every name is known from the plan; what the filter protects is not in it.
"""

from __future__ import annotations

import functools
import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import Guarded, Incomplete, TaskError
from ssh_transport.request.landing import own_name
from ssh_transport.request.request import directory_name
from ssh_transport.text import count, folded, one_line
from ssh_transport.trees import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from ssh_transport.request.request import Request
    from ssh_transport.trees.tree import Tree

    from .engine import Plan

# Receipts of verified copies and their manifests: a box is given back on their word.
PROTECTED = ("*.receipt.json", "*.manifest.gz")
_MOST_NAMES = 1_000
_FEW = 10


def check(plan: Plan, request: Request) -> None:
    """
    Refuse what nobody means who has not said so: to delete more than half of the target, or over 1,000 names.

    :raises Guarded: with how many names it would be, and the word that lets them go.
    """
    names = plan.deletions
    if why := _suspicion(plan, request):
        what = f"--delete would delete {count(len(names), 'name')} at `{one_line(str(request.target))}`"
        raise Guarded(
            f"{what}; nothing was changed",
            box=request.target.name,
            cause="\n".join([why, *shown(names)]),
            hint=f"look at them with --dry-run; if they all may go: --max-delete={len(names)}",
        )


def _suspicion(plan: Plan, request: Request) -> str:
    """Return why the deletions look like a mistake, or nothing."""
    names, limit = plan.deletions, request.options.max_delete
    if not names or (limit is not None and len(names) <= limit):
        return ""
    if limit is not None:
        return f"--max-delete={limit} allows no more"
    end = request.target
    if end.is_here and not own_name(request.source.path) and Path(end.path).name == directory_name(request.box):
        return f"all that is pulled from `{request.box.name}` lands in `{one_line(end.path)}`, other copies too"
    if not plan.source_names:
        return f"`{one_line(str(request.source))}` is empty: is something not mounted there?"
    if len(names) > plan.kept_names:
        return f"that is more than half of the {count(len(names) + plan.kept_names, 'name')} there"
    return f"that is more than {_MOST_NAMES:,}" if len(names) > _MOST_NAMES else ""


def without_same(plan: Plan, request: Request, source_names: Iterable[str]) -> Plan:
    """
    Return the plan without names that the target takes for those of the source, which case or an accent tells apart.

    To delete the one would be to delete the other, which was copied.
    """
    known = {folded(name): posixpath.basename(name.rstrip("/")) for name in source_names}
    alike = [name for name in plan.deletions if folded(name) in known]
    if not alike:
        return plan
    names = {name.rstrip("/") for name in alike}
    # What is so of a directory is so of all that is in it.
    tops = (name for name in names if posixpath.dirname(name) not in names)
    listed = functools.cache(lambda directory: tree_of(request.target).names(directory))
    above = {top: posixpath.join(plan.root, posixpath.dirname(top)) for top in tops}
    same = {top for top, directory in above.items() if _is_same(request, listed, directory, known[folded(top)])}
    # With a slash at its end, a name is the first of those above it.
    kept = frozenset(name for name in alike if not same.isdisjoint(directories_above(f"{name.rstrip('/')}/")))
    deletions = [name for name in plan.deletions if name not in kept]
    return replace(plan, deletions=deletions, changes=plan.changes.without(kept))


def _is_same(request: Request, listed: Callable[[str], Collection[str]], directory: str, other: str) -> bool:
    """Whether a directory finds a name by a spelling that it does not list; where that can't be told, it counts."""
    path = posixpath.join(directory, other)
    try:
        return other not in listed(directory) and tree_of(request.target).look(path) is not None
    except (TaskError, OSError):
        return True


def without_kept(plan: Plan, request: Request) -> Plan:
    """Return the plan without directories that will not be empty: something in them is protected, or is not listed."""
    directories = [name for name in plan.deletions if name.endswith("/")]
    if not directories:
        return plan
    tree, doomed = tree_of(request.target), {name.rstrip("/") for name in plan.deletions}
    for name in sorted(directories, key=lambda name: -name.count("/")):
        path = name.rstrip("/")
        if any(posixpath.join(path, below) not in doomed for below in tree.names(posixpath.join(plan.root, path))):
            doomed.discard(path)
    deletions = [name for name in plan.deletions if name.rstrip("/") in doomed]
    kept = frozenset(plan.deletions) - frozenset(deletions)
    return replace(plan, deletions=deletions, changes=plan.changes.without(kept))


def with_gone(plan: Plan, request: Request) -> Plan:
    """Return the plan with the deletions that were asked for by name, and of directories that hold nothing else."""
    names = request.options.gone or ()
    if not names:
        return plan
    staying = {above for name in request.options.only or () for above in directories_above(name)}
    directories = {above for name in names for above in directories_above(name)} - staying
    deletions = sorted({*names, *(f"{name}/" for name in directories)})
    return replace(plan, deletions=deletions, changes=plan.changes.and_also(("delete", name) for name in deletions))


def directories_above(name: str) -> Iterator[str]:
    """Yield the directories above a name."""
    while name := posixpath.dirname(name):
        yield name


def shown(names: Sequence[str]) -> list[str]:
    """Return the names if they are few, else the first of them and how many there are."""
    first = [f"delete {one_line(name)}" for name in names[:_FEW]]
    return first if len(names) <= _FEW else [*first, f"and {len(names) - _FEW:,} more"]


def delete(request: Request, plan: Plan, still: Iterable[str]) -> None:
    """
    Delete what was planned and is still to go: files first, directories only when they are empty.

    Directories that stay keep their time. Nothing is deleted through a link.

    :param still: what a plan made after the copy would delete.
    :raises Incomplete: something could not be deleted; all else was. Or nothing was, as not all could be listed.
    """
    if plan.unlisted:
        raise Incomplete(
            "all was copied, but nothing was deleted: not all could be listed",
            box=request.target.name,
            cause=plan.unlisted,
            hint="make it readable, or --exclude it",
        )
    wanted = frozenset(plan.deletions) & frozenset(still)
    if not wanted:
        return
    tree, failures = tree_of(request.target), list[str]()
    for directory, names in _by_directory(wanted):
        path = posixpath.join(plan.root, directory)
        before = tree.look(path)
        if not _is_real(tree, plan.root, directory) or before is None:
            continue
        for name in names:
            try:
                _delete(tree, posixpath.join(plan.root, name))
            except (TaskError, OSError) as exc:
                failures.append(f"{one_line(name)}: {one_line(getattr(exc, 'cause', '') or str(exc))}")
        if f"{directory}/" not in wanted:
            tree.set_attributes(path, before)
    if failures:
        raise Incomplete(
            f"{count(len(failures), 'name')} could not be deleted; all was copied",
            box=request.target.name,
            cause="\n".join(failures[:_FEW]),
            hint="run it again",
        )


def _by_directory(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the directories that hold names to be deleted, the deepest first, with their names, files first."""
    held: dict[str, list[str]] = {}
    for name in names:
        held.setdefault(posixpath.dirname(name.rstrip("/")), []).append(name)
    for directory in sorted(held, key=lambda name: (-name.count("/") - bool(name), name)):
        yield directory, sorted(held[directory], key=lambda name: (name.endswith("/"), name))


def _is_real(tree: Tree, root: str, directory: str) -> bool:
    """Whether a directory below the root is reached without a link."""
    parts = directory.split("/") if directory else []
    paths = (posixpath.join(root, *parts[:deep]) for deep in range(1, len(parts) + 1))
    return all((entry := tree.look(path)) is not None and entry.kind == "d" for path in paths)


def _delete(tree: Tree, path: str) -> None:
    if not path.endswith("/"):
        if tree.look(path) is not None:
            tree.remove(path)
        return
    directory = path.rstrip("/")
    entry = tree.look(directory)
    if entry is not None and entry.kind == "d" and not tree.names(directory):
        tree.rmdir(directory)
