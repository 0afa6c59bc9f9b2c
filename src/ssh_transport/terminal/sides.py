"""A copy that was typed the wrong way round: which task goes from here, which from a box, and which between two."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here

if TYPE_CHECKING:
    from collections.abc import Mapping

# Those that begin here, and what goes the other way.
_PULLS = {"transfer.push": "transfer.pull", "transfer.push-each": "transfer.pull-each", "transfer.put": "transfer.get"}
_PUSHES = {**{pull: push for push, pull in _PULLS.items()}, "transfer.watch": "transfer.push"}
# `BOX:PATH` as for scp(1); an IPv6 address stands in brackets.
_THERE = re.compile(r"(?:[^\[\]:/]+@)?(?:\[[^\]/]+\]|[^\[\]:/]+):", re.ASCII)


def is_there(text: str) -> bool:
    """Whether a path reads as one of a box, and is no name of anything here."""
    return _THERE.match(text) is not None and not os.path.lexists(text)


def turned(task: str, given: Mapping[str, str]) -> UsageError | None:
    """Return the error for a task that begins here, and was given what is on a box."""
    path, to, on = given.get("path", ""), given.get("to", ""), given.get("on", "")
    if not is_there(path):
        return None
    if task == "transfer.spread":
        meant = f"{here(task, shlex.quote(on) if on else '')} {shlex.join([f'--from={path}', f'--to={to}'])}"
        return UsageError(f"`{path}` is on a box, and --path is a path here", hint=f"type {meant}")
    if task not in _PULLS:
        return None
    target = to if not to or is_there(to) or not on or path.startswith(f"{on}:") else f"{_one(on)}:{to}"
    what = f"`{path}` is on a box, and {task} begins on this machine"
    if is_there(target):
        return UsageError(what, hint=f"from box to box: {_copy(path, target)}")
    words = shlex.join([path, *([f"--to={target}"] if target else [])])
    return UsageError(what, hint=f"that is a pull: type {here(_PULLS[task])} {words}")


def turned_back(task: str, given: Mapping[str, str]) -> UsageError | None:
    """Return the error for a task that ends here, and was given a target on a box."""
    path, to, on = given.get("path", ""), given.get("to", ""), given.get("on", "")
    if task not in _PUSHES or not is_there(to):
        return None
    what = f"`{to}` is on a box, and {task} ends on this machine"
    source = path if is_there(path) or not on else f"{_one(on)}:{path}"
    if not is_there(path) and (os.path.lexists(path) or not on):
        return UsageError(what, hint=f"that is a push: type {here(_PUSHES[task])} {shlex.join([path, to])}")
    if (place := _THERE.match(to)) and source.startswith(place[0]):
        box, names = re.sub(r"[\[\]]|:$", "", place[0]), [one.removeprefix(place[0]) or "." for one in (source, to)]
        # In quotes a tilde is a name; a command starts at home.
        at_home = [name.removeprefix("~/") or "." for name in names]
        within = f"ssh {shlex.quote(box)} {shlex.quote(shlex.join(['cp', '-a', '--', *at_home]))}"
        return UsageError(what, hint=f"to bring it here: --to={shlex.quote(names[1])}; on the box itself: {within}")
    return UsageError(what, hint=f"from box to box: {_copy(source, to)}")


def _one(boxes: str) -> str:
    return boxes if re.fullmatch(r"[\w.@:\[\]-]+", boxes) else "BOX"


def _copy(source: str, target: str) -> str:
    return f"{here('transfer.copy')} {shlex.join([f'--from={source}', f'--to={target}'])}"
