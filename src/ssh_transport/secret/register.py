"""
The register of secrets that are not at their default destination: a file on the box with names and paths, no values.

It is on the box, because a secret may be pushed from one machine and forgotten from another.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import UsageError

from .destination import default_destination, destination_for

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .destination import Destination

_FILE = ".config/ssh-transport/secrets"
_LIMIT_LINES = 1000
_TIMEOUT_S = 60
# Prints it.
SHOW = f'[ ! -f "$HOME/{_FILE}" ] || head -n {_LIMIT_LINES} "$HOME/{_FILE}"'
_READ = relying_on(SHOW, "head")
# $1: a name whose lines are removed, or empty; $2: a line to add, at the position $3, "first" or "last", or not at all.
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
            name, kind, where = words if len(words) == 3 else ("", "", "")  # noqa: PLR2004 - as `_line` writes
            destinations.append(
                destination_for(name, to=where) if kind == "file" else destination_for(name, machine=where)
            )
    return destinations


def destinations_of(box: Box, name: str) -> list[Destination]:
    """Return the registered destinations of a secret, the current one last, or its default one."""
    default = default_destination(name)
    return [one for one in read(box) if one.name == name] or [default]


def destination_of(box: Box, name: str) -> Destination:
    """Return the current destination of a secret."""
    return destinations_of(box, name)[-1]


def add(box: Box, destination: Destination, *, is_long: bool = False) -> None:
    """
    Ensure that a destination is registered, before the secret is written: then `forget` finds a broken push.

    :param is_long: it has several lines, and so is known for a secret by nothing but this, even where one is usual.
    """
    if (is_long or destination != default_destination(destination.name)) and destination not in read(box):
        _write(box, "", _line(destination), "first")


def set_current(box: Box, destination: Destination) -> None:
    """Ensure that this is the current destination of a secret; earlier ones stay registered for `forget`."""
    if destination_of(box, destination.name) != destination:
        _write(box, "", _line(destination), "last")


def remove(box: Box, name: str) -> None:
    """Ensure that no destination of a secret is registered."""
    if any(one.name == name for one in read(box)):
        _write(box, name, "", "")


def _write(box: Box, *arguments: str) -> None:
    with files.locked(f"the register of {box.address}", wait_s=_TIMEOUT_S):
        shell.run(box, _WRITE, *arguments)


def _line(destination: Destination) -> str:
    return "\t".join((destination.name, destination.kind, destination.entry or destination.path))
