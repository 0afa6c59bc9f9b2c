"""Where code that a push of a checkout has sent is, if it is not where it was looked for: a directory off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box

_MOST = 5
# $1 token, $2 directory, $3 the file that tells; a directory whose name has a newline in it is none.
_LOOK = rf"""
token=$1 found=0
newline='
'
tell() {{
    case $2 in *"$newline"*) return 0 ;; esac
    [ -f "$2/$3" ] && [ "$found" -lt {_MOST} ] || return 0
    found=$((found + 1))
    printf '%s %s %s\n' "$token" "$1" "$2"
}}
top=${{2%/}}
for below in "$top"/*; do tell below "$below" "$3"; done
while :; do
    case $top in */*) top=${{top%/*}} ;; *) break ;; esac
    tell above "$top" "$3"
done
:
"""


@dataclass(frozen=True)
class Nearby:
    """Directories that code was sent to: those right below the one that was named, and those that it is in."""

    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    @property
    def meant(self) -> str:
        """The one that can only be meant: a path without a slash behind it is put under the target of its push."""
        return self.below[0] if len(self.below) == 1 else ""


def nearby(box: Box, directory: str, mark: str) -> Nearby:
    """
    Look around a directory on a box.

    :param mark: the file in a directory that tells that code was sent to it.
    """
    token = uuid4().hex
    said = shell.run(box, _LOOK, token, directory, mark, check=False).stdout
    words = [line.split(" ", 2)[1:] for line in said.splitlines() if line.startswith(f"{token} ")]
    below, above = (tuple(path for which, path in words if which == kind) for kind in ("below", "above"))
    return Nearby(below, above)
