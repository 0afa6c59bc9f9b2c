"""
Where secrets are on a box that are not where they usually are: a file on the box, names and places, no values.

It is on the box, not here, because a secret may be pushed from one machine and forgotten from another.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport import shell
from ssh_transport.errors import UsageError

from .destination import chosen, usual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box

    from .destination import Destination

_FILE = ".config/ssh-transport/secrets"
_LIMIT_LINES = 1000
_READ = f'[ ! -f "$HOME/{_FILE}" ] || head -n {_LIMIT_LINES} "$HOME/{_FILE}"'
# $1 name, $2 its new line, or nothing.
_WRITE = f"""
file=$HOME/{_FILE}
tab=$(printf '\\t')
umask 077
mkdir -p -- "${{file%/*}}" || exit
temp=$(mktemp "$file.XXXXXXXX") || exit
trap 'rm -f -- "$temp"' EXIT
if [ -f "$file" ]; then awk -F "$tab" -v name="$1" '$1 != name' "$file" >"$temp" || exit; fi
[ -z "$2" ] || printf '%s\\n' "$2" >>"$temp" || exit
if [ -s "$temp" ]; then mv -f -- "$temp" "$file"; else rm -f -- "$file"; fi
"""


def read(box: Box) -> Mapping[str, Destination]:
    """Return the destinations that were chosen with ``--to`` or a netrc machine, by the secret's name."""
    found: dict[str, Destination] = {}
    for line in shell.run(box, _READ).stdout.splitlines():
        words = line.split("\t")
        # What a box says may end in a person's shell, by way of `secrets.env`.
        with contextlib.suppress(UsageError):
            name, kind, place = words if len(words) == 3 else ("", "", "")  # noqa: PLR2004 - as `note` writes
            found[name] = chosen(name, to=place) if kind == "file" else chosen(name, machine=place)
    return found


def place_of(box: Box, name: str) -> Destination:
    """Return where a secret is on this box: as it is registered, else where it usually is."""
    usually = usual(name)
    return read(box).get(name, usually)


def note(box: Box, destination: Destination) -> None:
    """Ensure that the register says where this secret is; nothing, if that is where it usually is."""
    unusual = destination != usual(destination.name)
    there = read(box).get(destination.name)
    if there == (destination if unusual else None):
        return
    words = (destination.name, destination.kind, destination.entry or destination.path)
    shell.run(box, _WRITE, destination.name, "\t".join(words) if unusual else "")


def strike(box: Box, name: str) -> None:
    """Ensure that the register says nothing of a secret."""
    if name in read(box):
        shell.run(box, _WRITE, name, "")
