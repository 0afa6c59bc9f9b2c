"""Which way a spread takes: a push for each box, or a tree in which boxes serve boxes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box.beside import mapped
from ssh_transport.errors import TaskError, ToolMissing, UsageError
from ssh_transport.terminal.report import say
from ssh_transport.text import size
from ssh_transport.transfer.between.hop import Hop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import RemoteEnd

AUTO, EACH, TREE = WAYS = ("auto", "each", "tree")
RELAY = "relay"
OLDEST_PYTHON = (3, 6)
# Below this, the logins between the boxes take longer than what they save.
LITTLE_BYTES = 8_000_000
_TRIED = 3


@dataclass(frozen=True)
class Way:
    """
    The way that was chosen.

    :ivar why: in words for a person, behind the way's name.
    :ivar seed: for a tree that begins here, the box that is served first.
    :ivar lends_agent: whether boxes log in to each other with the agent of this machine.
    :ivar spared_bytes: how much less has to leave the source by a relay than by a push for each.
    """

    name: str
    why: str
    seed: Box | None = None
    lends_agent: bool = False
    spared_bytes: int = 0


def check(way: str) -> None:
    """
    Check the name of a way.

    :raises UsageError: there is no such way.
    """
    if way not in WAYS:
        raise UsageError(f"`{way}` is no way", hint=f"--way={'|'.join(WAYS)}")


def lacks(box: Box, end: RemoteEnd | None) -> str:
    """Return what keeps a box out of a tree before anything is tried, or nothing."""
    if not box.goes_by_ssh:
        return "there is no `ssh` on this machine that can use its login"
    if box.resolved.proxy_jump or box.resolved.proxy_command:
        return "it is behind a jump of this machine's"
    if end is None or not end.python or end.python_version < OLDEST_PYTHON:
        return f"it has no Python {'.'.join(map(str, OLDEST_PYTHON))}"
    return ""


def choose(  # noqa: PLR0913 - all that it hangs on
    asked: str, source: Box | None, able: Sequence[Box], *, unable: str, total_bytes: int, forward_agent: bool
) -> Way:
    """
    Choose the way.

    :param asked: one of `WAYS`.
    :param source: where the files are, if not here.
    :param able: the boxes that lack something and could be in a tree.
    :param unable: why another could not, with its name.
    :param total_bytes: what all boxes together lack.
    :raises ToolMissing: a tree was asked for, and no box can reach another.
    """
    if asked == EACH:
        return Way(EACH, "as asked")
    least = 1 if source else 2
    if len(able) < least:
        return _without_tree(asked, unable or "no two boxes lack anything")
    if asked == AUTO and total_bytes < LITTLE_BYTES:
        return Way(EACH, f"{size(total_bytes)} in all are little")
    faults: list[str] = []
    for lends in (False, True) if forward_agent else (False,):
        if lends:
            say("warning: while this runs, the root of every box can log in wherever the keys of your agent are let in")
        pairs = _pairs(source, able)
        tried = mapped(functools.partial(_fault, with_agent=lends), pairs, _TRIED)
        for (first, second), fault in zip(pairs, tried, strict=True):
            if not fault:
                return Way(TREE, f"{first.name} can log in to {second.name}", None if source else first, lends)
        faults = tried
    return _without_tree(asked, faults[0])


def _without_tree(asked: str, why: str) -> Way:
    if asked == TREE:
        hint = "--way=each pushes to every box from here; --forward-agent lends the boxes your agent"
        raise ToolMissing("there is no way from box to box", cause=why, hint=hint)
    return Way(EACH, why)


def _pairs(source: Box | None, able: Sequence[Box]) -> list[tuple[Box, Box]]:
    """Return whom to let try whom: not all, as each fault costs seconds."""
    if source:
        return [(source, box) for box in able[:_TRIED]]
    return [(box, able[(at + 1) % len(able)]) for at, box in enumerate(able[:_TRIED])]


def _fault(pair: tuple[Box, Box], *, with_agent: bool) -> str:
    first, second = pair
    try:
        return Hop(first, second, with_agent=with_agent).fault()
    except TaskError as error:
        return f"{first.name}: {error.what}"
