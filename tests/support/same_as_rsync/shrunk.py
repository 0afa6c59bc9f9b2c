"""A case made as small as it can be while it still shows the difference."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from .case import Case, Thing, Tree, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLAINER: dict[str, Any] = {
    "task": "pull",
    "delete": False,
    "copy_links": False,
    "inplace": False,
    "atomic": False,
    "through_link": False,
    "target_link": False,
    "target_slash": False,
    "contents": True,
    "large_bytes": Case.large_bytes,
    "name": "ckpt",
    "place": "to",
}


def shrunk(case: Case, still: Callable[[Case], bool], until_s: float) -> Case:
    """
    Return the smallest case that was found.

    :param still: whether a case shows what it is about.
    :param until_s: when to be content, by `time.monotonic`.
    """
    before = None
    while before != case and time.monotonic() < until_s:
        before = case
        for reduce in (_without_target, _plainer, _fewer_patterns, _smaller_trees, _plainer_things):
            case = _reduced(case, reduce, still, until_s)
    return case


def _reduced(
    case: Case, reduce: Callable[[Case], Iterator[Case]], still: Callable[[Case], bool], until_s: float
) -> Case:
    """Take every step of a kind that the difference survives; each is tried once."""
    refused: set[str] = set()
    while time.monotonic() < until_s:
        for smaller in reduce(case):
            if smaller == case or repr(smaller) in refused or time.monotonic() > until_s:
                continue
            if still(smaller):
                case = smaller
                break
            refused.add(repr(smaller))
        else:
            return case
    return case


def _without_target(case: Case) -> Iterator[Case]:
    yield dataclasses.replace(case, target=None, target_link=False)


def _plainer(case: Case) -> Iterator[Case]:
    for name, value in _PLAINER.items():
        if getattr(case, name) != value and not (name == "name" and not case.contents):
            yield dataclasses.replace(case, **{name: value})


def _fewer_patterns(case: Case) -> Iterator[Case]:
    for at in range(len(case.exclude)):
        yield dataclasses.replace(case, exclude=case.exclude[:at] + case.exclude[at + 1 :])


def _smaller_trees(case: Case) -> Iterator[Case]:
    for smaller in _smaller(case.target or {}):
        yield dataclasses.replace(case, target=smaller)
    for smaller in _smaller(case.source):
        yield dataclasses.replace(case, source=smaller)


def _smaller(tree: Tree) -> Iterator[Tree]:
    """Yield it without halves of its names, then quarters, then single ones."""
    names = [name for name in tree if name]
    size = len(names) // 2
    while size:
        for start in range(0, len(names), size):
            found = tree
            for name in names[start : start + size]:
                found = without(found, name)
            yield found
        size //= 2


def _plainer_things(case: Case) -> Iterator[Case]:
    """Yield it with what all things have in common, and names of one letter."""
    for tree in _with_a_plainer_thing(case.target or {}):
        yield dataclasses.replace(case, target=tree)
    for tree in _with_a_plainer_thing(case.source):
        yield dataclasses.replace(case, source=tree)
    yield from _renamed(case)


def _with_a_plainer_thing(tree: Tree) -> Iterator[Tree]:
    for name, thing in tree.items():
        mode = 0o755 if thing.kind == "d" else 0o644
        yield tree | {name: Thing(thing.kind, mode, size_bytes=min(thing.size_bytes, 10), link=thing.link)}


def _renamed(case: Case) -> Iterator[Case]:
    """Yield it with another name for whatever has an odd one, in both trees and in the patterns."""
    parts = {part for tree in (case.source, case.target or {}) for name in tree for part in name.split("/")}
    free = [letter for letter in "pqrstuvwxyz" if letter not in parts]
    for part in sorted(parts - {"", case.name}):
        if free and len(part) > 1:
            yield dataclasses.replace(
                case,
                source=_with(case.source, part, free[0]),
                target=case.target and _with(case.target, part, free[0]),
                exclude=tuple(pattern.replace(part, free[0]) for pattern in case.exclude),
            )


def _with(tree: Tree, old: str, new: str) -> Tree:
    return {
        "/".join(new if part == old else part for part in name.split("/")): (
            dataclasses.replace(thing, link="/".join(new if part == old else part for part in thing.link.split("/")))
        )
        for name, thing in tree.items()
    }
