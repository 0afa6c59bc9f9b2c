"""
Where secrets are on a box that are not where they usually are: a file on the box, names and places, no values.

It is on the box, not here, because a secret may be pushed from one machine and forgotten from another.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport import files, shell
from ssh_transport.errors import UsageError

from .destination import chosen, usual

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .destination import Destination

_FILE = ".config/ssh-transport/secrets"
_LIMIT_LINES = 1000
_TIMEOUT_S = 60
_READ = f'[ ! -f "$HOME/{_FILE}" ] || head -n {_LIMIT_LINES} "$HOME/{_FILE}"'
# $1: a name whose lines go, or nothing; $2: a line that is there once then, "first" or "last", as $3 says, or nowhere.
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
    """Return the destinations that are no usual ones, and all later ones of the same secret, oldest first."""
    found: list[Destination] = []
    for line in shell.run(box, _READ).stdout.splitlines():
        words = line.split("\t")
        # What a box says may end in a person's shell, by way of `secrets.env`.
        with contextlib.suppress(UsageError):
            name, kind, place = words if len(words) == 3 else ("", "", "")  # noqa: PLR2004 - as `_line` writes
            found.append(chosen(name, to=place) if kind == "file" else chosen(name, machine=place))
    return found


def places_of(box: Box, name: str) -> list[Destination]:
    """Return every place of a secret on this box that is known, the current one last."""
    usually = usual(name)
    return [place for place in read(box) if place.name == name] or [usually]


def place_of(box: Box, name: str) -> Destination:
    """Return where a secret is on this box."""
    return places_of(box, name)[-1]


def expect(box: Box, destination: Destination) -> None:
    """Ensure that `forget` will look at a place, before anything is there: a push may break."""
    if destination != usual(destination.name) and destination not in read(box):
        _write(box, "", _line(destination), "first")


def note(box: Box, destination: Destination) -> None:
    """Ensure that this is the current place of a secret; `forget` looks at those it had before, too."""
    if place_of(box, destination.name) != destination:
        _write(box, "", _line(destination), "last")


def strike(box: Box, name: str) -> None:
    """Ensure that the register says nothing of a secret."""
    if any(place.name == name for place in read(box)):
        _write(box, name, "", "")


def _write(box: Box, *words: str) -> None:
    with files.locked(f"the register of {box.address}", wait_s=_TIMEOUT_S):
        shell.run(box, _WRITE, *words)


def _line(destination: Destination) -> str:
    return "\t".join((destination.name, destination.kind, destination.entry or destination.path))
