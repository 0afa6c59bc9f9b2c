"""Random things, and trees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .case import OUTSIDE, Thing, Tree

if TYPE_CHECKING:
    from random import Random

FILE_MODES = (0o644, 0o644, 0o600, 0o640, 0o444, 0o755)
DIRECTORY_MODES = (0o755, 0o755, 0o700, 0o750, 0o775)
SIZES = (0, 1, 10, 10, 700, 5_000, 70_000)
VERSIONS = 3
_FIRST_S, _LAST_S = 1_500_000_000, 1_600_000_000
_DEEPEST = 4
_ODD = 0.03
_WEIGHTS = {"d": 35, "f": 45, "l": 20}


def grown(rng: Random, names: list[str], most: int) -> Tree:
    """Return a tree of up to so many things below its top."""
    tree: Tree = {"": directory(rng)}
    for _ in range(most):
        holder = rng.choice([name for name, one in tree.items() if one.kind == "d" and name.count("/") < _DEEPEST - 1])
        name = f"{holder}/{rng.choice(names)}".removeprefix("/")
        if name not in tree:
            tree[name] = thing(rng, tree, name)
    return tree


def thing(rng: Random, tree: Tree, name: str, kinds: str = "dfl") -> Thing:
    """Return a thing of one of these kinds that may get this name in a tree."""
    kind = rng.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
    return {"d": directory, "f": file}[kind](rng) if kind != "l" else _link(rng, tree, name)


def directory(rng: Random) -> Thing:
    return Thing("d", rng.choice(DIRECTORY_MODES), time_s(rng))


def file(rng: Random) -> Thing:
    return Thing("f", rng.choice(FILE_MODES), time_s(rng), rng.choice(SIZES), rng.randint(0, VERSIONS))


def time_s(rng: Random) -> float:
    """Return a time, now and then between two seconds, which SFTP can't tell."""
    return rng.randint(_FIRST_S, _LAST_S) + rng.choice((0, 0, 0, 0.5))


def _link(rng: Random, tree: Tree, name: str) -> Thing:
    up = "../" * name.count("/")
    inside = [other for other in tree if other]
    goals = [
        "nowhere",
        f"{OUTSIDE}/{rng.choice(('file', 'directory', 'nothing'))}",
        f"{up}../outside/file",
        *([up + rng.choice(inside)] * 3 if inside else []),
        *([".", ".."] if rng.random() < _ODD else []),
    ]
    return Thing("l", mtime_s=time_s(rng), link=rng.choice(goals))
