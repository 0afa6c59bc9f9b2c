"""
The register of secrets that are not at their default destination: a file on the box with names and paths, no values.

It is on the box, because a secret may be pushed from one machine and forgotten from another.
"""

from __future__ import annotations

import contextlib
import dataclasses
import posixpath
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import UsageError

from .destination import default_destination, destination_for
from .scripts import SEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.box import Box

    from .destination import Destination

_FILE = ".config/ssh-transport/secrets"
_LIMIT_LINES = 1000
_TIMEOUT_S = 60
_WHOLE = "whole"
# Prints it, behind `SEEN`.
SHOW = f'seen "$HOME/{_FILE}" && {{ [ ! -f "$HOME/{_FILE}" ] || head -n {_LIMIT_LINES} "$HOME/{_FILE}"; }}'
_READ = relying_on(f"{SEEN}\n{SHOW}", "head")
# How many lines a file may have that is a secret's; `scripts` count no further than two.
ONE_LINE, ANY_LINES = 1, 2
# $1: a name whose lines are removed, or empty; $2: lines to add, at the position $3, "first" or "last", or not at all.
_WRITE = f"""
file=$HOME/{_FILE}
tab=$(printf '\\t')
umask 077
mkdir -p -- "${{file%/*}}" || exit
temp=$(mktemp "$file.XXXXXXXX") || exit
trap 'rm -f -- "$temp"' EXIT
{{
    [ "$3" != first ] || printf '%s\\n' "$2"
    [ ! -f "$file" ] || line=$2 awk -F "$tab" -v name="$1" '$1 != name && $0 != ENVIRON["line"]' "$file" || exit
    [ "$3" != last ] || printf '%s\\n' "$2"
}} >"$temp" || exit
if [ -s "$temp" ]; then mv -f -- "$temp" "$file"; else rm -f -- "$file"; fi
"""


def read(box: Box) -> list[Destination]:
    """Return the registered destinations, as `parsed` does."""
    return parsed(shell.run(box, _READ).stdout)


def parsed(text: str) -> list[Destination]:
    """Return those that `SHOW` has shown, the current one of each secret last; invalid lines are left out."""
    destinations: list[Destination] = []
    for line in text.splitlines():
        words = line.split("\t")
        # Validate each line: `secrets.env` prints them for the user's shell.
        with contextlib.suppress(UsageError):
            name, kind, where, more = (*words, "", "", "")[:4] if len(words) in {3, 4} else ("",) * 4
            if kind == "file":
                one = dataclasses.replace(destination_for(name, to=where), whole=more == _WHOLE)
            else:
                one = destination_for(name, machine=where)
                one = dataclasses.replace(one, login=one.login or more)
            destinations.append(one)
    return destinations


def lines_of(destination: Destination, registered: Iterable[Destination], home: str = "~") -> int:
    """
    Return how many lines the file at a destination may have to be taken for the secret; 0: it is none that was pushed.

    One of several lines is known for a secret by the register alone, and so is any at an unusual place.
    """
    place = _absolute(destination, home)
    there = [
        one
        for one in registered
        if (one.name, one.kind) == (destination.name, "file") and _absolute(one, home) == place
    ]
    if there:
        return ANY_LINES if there[-1].whole else ONE_LINE
    usual = {default_destination(destination.name).path, f"~/.{destination.name}_key"}
    return ONE_LINE if destination.path in usual else 0


def _absolute(destination: Destination, home: str) -> str:
    return posixpath.normpath(posixpath.join(home, destination.path.removeprefix("~/")))


def destinations_of(box: Box, name: str) -> list[Destination]:
    """Return the registered destinations of a secret, the current one last, or its default one."""
    default = default_destination(name)
    return [one for one in read(box) if one.name == name] or [default]


def destination_of(box: Box, name: str) -> Destination:
    """Return the current destination of a secret."""
    return destinations_of(box, name)[-1]


def add(box: Box, destination: Destination) -> None:
    """
    Ensure that a destination is registered, before the secret is written: then `forget` finds a broken push.

    It is not the current one before `set_current`: what is elsewhere is used until the write has succeeded.
    """
    default = default_destination(destination.name)
    if destination != default and destination not in (registered := read(box)):
        is_first = not any(one.name == destination.name for one in registered)
        _write(box, "", "\n".join(map(_line, [destination, default] if is_first else [destination])), "first")


def set_current(box: Box, destination: Destination) -> None:
    """Ensure that this is the current destination of a secret; earlier ones stay registered for `forget`."""
    if destination_of(box, destination.name) != destination:
        _write(box, "", _line(destination), "last")


def remove(box: Box, names: Iterable[str], registered: Sequence[Destination]) -> None:
    """Ensure that no destination of these secrets is registered."""
    for name in sorted({one.name for one in registered} & set(names)):
        _write(box, name, "", "")


def _write(box: Box, *arguments: str) -> None:
    with files.locked(f"the register of {box.address}", wait_s=_TIMEOUT_S):
        shell.run(box, _WRITE, *arguments)


def _line(destination: Destination) -> str:
    more = _WHOLE if destination.whole else destination.login
    words = (destination.name, destination.kind, destination.entry or destination.path, more)
    return "\t".join(words if more else words[:3])
