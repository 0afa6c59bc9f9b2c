"""
Receivers that outlived their connection.

After a silent cut the box's rsync of a push lives on, and may end its file when a later attempt has long completed
it. Every rsync of ours carries its copy's id in its environment; before an attempt, those of the one before are ended.
"""

from __future__ import annotations

import getpass
import platform
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .request import Request

_VARIABLE = "SSH_TRANSPORT_COPY"

# The environment, not the command line, is searched: this very script has the id in its own words, but never behind
# the variable's name (where a forced command would find it in SSH_ORIGINAL_COMMAND, in the environment).
_END = f"""
ghosts() {{ grep -lF -- "{_VARIABLE}=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n'; }}
for signal in TERM TERM TERM TERM KILL KILL; do
    found=$(ghosts "$1")
    [ -n "$found" ] || break
    kill -s "$signal" $found 2>/dev/null
    sleep 0.5 2>/dev/null || sleep 1
done
found=$(ghosts "$1")
[ -z "$found" ] || {{ echo "still alive: $found" >&2; exit 1; }}
[ -z "$2" ] || mkdir -p -- "$2"
"""


def copy_id(box: Box, request: Request, far: Box | None = None) -> str:
    """
    Return a name for this copy that every later run of it has too, and no other copy.

    :param far: the box that stands in place of this machine, where a copy goes from box to box.
    """
    ends = f"{box.address}\0{far.address}" if far else box.address
    who = f"{platform.node()}\0{getpass.getuser()}\0{ends}\0{request.here}\0{request.there}"
    return sha256(who.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def mark(box: Box, request: Request, far: Box | None = None) -> str:
    """Return the ``--rsync-path`` that makes the box's rsync known to `end`; no word of it needs quotes."""
    return f"env {_VARIABLE}={copy_id(box, request, far)} rsync"


def end(box: Box, request: Request, *, then_make: str, far: Box | None = None) -> None:
    """
    End what is left on the box of an earlier attempt at this copy, wait until it is gone, then make a directory.

    :param then_make: the directory; empty for none.
    :param far: of a copy from box to box, the one that is written: ended on both, the directory is made here.

    :raises BoxError: a process could not be ended, or the directory not made.
    """
    name = copy_id(box, request, far)
    if far:
        shell.run(box, _END, name, "")
    shell.run(far or box, _END, name, then_make)
