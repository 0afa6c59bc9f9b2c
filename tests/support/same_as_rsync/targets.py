"""What may stand at the target: nothing, an older version of the source, something else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from . import things
from .case import Thing, Tree, above, without

if TYPE_CHECKING:
    from random import Random

_EXTRA = 0.5


def place(rng: Random) -> str:
    """Return where the copy goes; with a slash in it, what holds the target is missing too."""
    return rng.choices(("to", "to here", "not/yet/there"), (80, 10, 10))[0]


def target(rng: Random, source: Tree, names: list[str], top: str) -> Tree | None:
    """
    Return what stands at the target.

    :param top: what the source is called below the target; empty where it is the target.
    """
    state = rng.choices(("older", "missing", "other", "file", "link"), (70, 12, 10, 4, 2))[0]
    if state == "missing":
        return None
    if state == "file" or (source[""].kind == "f" and rng.random() < _EXTRA):
        return {"": things.file(rng)}
    if state == "link":
        return {"": Thing("l", link=rng.choice(("nowhere", "{outside}/directory", "{outside}/file")))}
    if state == "other":
        return things.grown(rng, names, 10)
    found = _older(rng, source, names)
    return _moved(rng, found, top) if top or found[""].kind != "d" else found


def _older(rng: Random, tree: Tree, names: list[str]) -> Tree:
    """Return an older version of a tree."""
    found = tree
    for name, thing in tree.items():
        if name in found:
            found = _aged(rng, found, name, thing, names)
    for _ in range(rng.choice((0, 3, 8, 12))):
        holders = [name for name, thing in found.items() if thing.kind == "d"]
        if holders:
            name = f"{rng.choice(holders)}/{rng.choice(names)}".removeprefix("/")
            if name not in found:
                found = found | {name: things.thing(rng, found, name)}
    return found


def _moved(rng: Random, tree: Tree, top: str) -> Tree:
    """Return a tree that has this one below `top`."""
    inner = {f"{top}/{name}".removesuffix("/"): thing for name, thing in tree.items()}
    return {"": things.directory(rng)} | inner


def _aged(rng: Random, tree: Tree, name: str, thing: Thing, names: list[str]) -> Tree:
    """Return the tree with an older version of one thing, or none."""
    fate = rng.choices(("same", "missing", "changed", "unnoticed", "time", "mode", "kind"), (48, 12, 14, 2, 6, 6, 12))[
        0
    ]
    if fate == "missing" and name:
        return without(tree, name)
    if fate == "kind" and name:
        return _other_kind(rng, tree, name, thing, names)
    return tree | {name: _touched(rng, thing, fate)}


def _touched(rng: Random, thing: Thing, fate: str) -> Thing:
    modes = {"d": things.DIRECTORY_MODES, "f": things.FILE_MODES, "l": (thing.mode,)}[thing.kind]
    if fate == "time":
        return dataclasses.replace(thing, mtime_s=things.time_s(rng))
    if fate == "mode":
        return dataclasses.replace(thing, mode=rng.choice(modes))
    if fate == "unnoticed" and thing.kind == "f":
        # Of the same size and time: no engine looks further.
        return dataclasses.replace(thing, version=rng.randint(0, things.VERSIONS))
    if fate == "changed" and thing.kind == "f":
        return things.file(rng)
    return dataclasses.replace(thing, link="elsewhere") if fate == "changed" and thing.kind == "l" else thing


def _other_kind(rng: Random, tree: Tree, name: str, thing: Thing, names: list[str]) -> Tree:
    """Return the tree with something of another kind there, in a directory something."""
    other = things.thing(rng, tree, name, "dfl".replace(thing.kind, ""))
    found = {}
    for known, one in without(tree, name).items():
        found[known] = one
        if known == above(name):
            found[name] = other
            if other.kind == "d" and rng.random() < _EXTRA:
                found[f"{name}/{rng.choice(names)}"] = things.file(rng)
    return found
