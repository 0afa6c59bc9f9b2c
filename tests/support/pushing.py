"""Secrets pushed from within a test, and what is there then."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from ssh_transport.secret.destination import content, destination_for, taking
from ssh_transport.secret.push import push
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.change import Change

VALUE = "c4n4ry\\\"'$x-%41"
OTHERS = 'machine other.example login me password "two words"\n'


def pushes(
    box: Box, name: str, value: str = VALUE, to: str = "", *, machine: str = "", login: str = "", **allowed: bool
) -> Change:
    sourced = Sourced(Secret(value.encode()), login)
    place = taking(destination_for(name, to, machine), sourced)
    return push(box, place, content(place, sourced), **allowed)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
