"""A case from a seed."""

from __future__ import annotations

import dataclasses
import os
import posixpath
from random import Random

from . import patterns, targets, things
from .case import OUTSIDE, Case, Tree, above, without

NAMES = (
    *("a", "b", "c", "x.log", "y.log", "keep.txt", "model.bin", "deep", "cache", "0"),
    *("with space", " leading", "trailing ", "new\nline", "-dash", "--delete", "+ plus", ";semi", "#hash", "!"),
    *("ünïcode-文件", "star*", "q?", "[a]", "[", "back\\slash", "\\#012", ".hidden", "..dots", "tilde~", "co:lon"),
    *("quote'and\"quote", "$(touch pwned)", "n" * 255, os.fsdecode(b"caf\xe9"), os.fsdecode(b"\xff\xfe.log")),
)
TOPS = ("ckpt", "with space", "star*", "[a]", "-dash", "back\\slash", "ünïcode")
_SIZES = (3, 10, 30)
_RARE = 0.03


def drawn(seed: int) -> Case:
    """Return the case of a seed: the same in every run."""
    rng = Random(seed)  # noqa: S311 - nothing is a secret here
    names = rng.sample(NAMES, rng.randint(4, 10))
    copy_links = rng.random() < 0.25
    source = _source(rng, names)
    if copy_links:
        source = _without_circles(source)
    name = rng.choice(TOPS) if rng.random() < 0.3 else TOPS[0]
    contents = rng.random() < (0.5 if source[""].kind == "d" else _RARE)
    how = rng.choices(("", "inplace", "atomic"), (60, 20, 20))[0]
    place = targets.place(rng)
    case = Case(
        seed=seed,
        task=rng.choices(("pull", "push", "copy"), (40, 40, 20))[0],
        source=source,
        target=None if "/" in place else targets.target(rng, source, names, "" if contents else name),
        name=name,
        place=place,
        contents=contents,
        through_link=rng.random() < _RARE,
        target_slash=rng.random() < 0.4,
        delete=rng.random() < 0.5,
        copy_links=copy_links,
        inplace=how == "inplace",
        atomic=how == "atomic",
        large_bytes=rng.choice((Case.large_bytes, Case.large_bytes, 600)),
    )
    target_link = case.target is not None and rng.random() < _RARE
    return dataclasses.replace(case, exclude=patterns.drawn(rng, case), target_link=target_link)


def _source(rng: Random, names: list[str]) -> Tree:
    if rng.random() < 2 * _RARE:
        return {"": things.file(rng)}
    return things.grown(rng, names, rng.choice(_SIZES))


def _without_circles(tree: Tree) -> Tree:
    """
    Return the tree without links that may lead in a circle, on which rsync goes round until the system stops it.

    A link to a directory with no link in it can't; which links lead to which is not looked into.
    """
    for name, one in list(tree.items()):
        goal = posixpath.normpath(posixpath.join(above(name), one.link))
        if one.kind != "l" or one.link.startswith(OUTSIDE) or goal == "../outside/file":
            continue
        below = [other for inner, other in tree.items() if goal == "." or f"{inner}/".startswith(f"{goal}/")]
        if goal.startswith("..") or (any(other.kind == "l" for other in below) and len(below) > 1):
            tree = without(tree, name)
    return tree
