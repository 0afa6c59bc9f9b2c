"""
Receivers that outlived their connection.

After a silent cut the box's rsync of a push lives on, and may end its file when a later attempt has long completed
it. Every rsync of ours carries its copy's id in its environment; before an attempt, those of the one before are ended.
"""

from __future__ import annotations

import contextlib
import getpass
import platform
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.request.request import Request

_VARIABLE = "SSH_TRANSPORT_COPY"

# The environment, not the command line, is searched: this very script has the id in its own words, but never behind
# the variable's name (where a forced command would find it in SSH_ORIGINAL_COMMAND, in the environment).
_END = f"""
orphans() {{ grep -lF -- "{_VARIABLE}=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n'; }}
for signal in TERM TERM TERM TERM KILL KILL; do
    found=$(orphans "$1")
    [ -n "$found" ] || break
    kill -s "$signal" $found 2>/dev/null
    sleep 0.5 2>/dev/null || sleep 1
done
found=$(orphans "$1")
[ -z "$found" ] || {{ echo "still alive: $found" >&2; exit 1; }}
[ -z "$2" ] || mkdir -p -- "$2"
"""
# Ours alone to end: the next run makes its plan while it ends what this one left of its copy.
_PLAN_VARIABLE = "SSH_TRANSPORT_PLAN"
_END_AT_ONCE = """
found=$(grep -lF -- "$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n')
[ -n "$found" ] || exit 0
kill $found 2>/dev/null
sleep 0.2 2>/dev/null || sleep 1
kill -s KILL $found 2>/dev/null || :
"""
_AT_ONCE_S = 1


def copy_id(request: Request) -> str:
    """Return a name for this copy that every later run of it has too, and no other copy."""
    source, target = request.source, request.target
    ends = f"{source.address}\0{source.path}\0{target.address}\0{target.path}"
    who = f"{platform.node()}\0{getpass.getuser()}\0{ends}"
    return sha256(who.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def marked(request: Request) -> str:
    """Return what the box's rsync of this copy has in its environment."""
    return f"{_VARIABLE}={copy_id(request)}"


def mark(request: Request) -> str:
    """Return the ``--rsync-path`` by which `end_orphaned_rsync` finds the box's rsync; no word of it needs quotes."""
    return f"env {marked(request)} rsync"


def plan_mark(token: str) -> str:
    """Return the ``--rsync-path`` of an rsync that only plans."""
    return f"env {_PLAN_VARIABLE}={token} rsync"


def end_at_once(box: Box, mark: str) -> None:
    """
    End the box's rsync of a call that is given up, should it not notice by itself: it is asked once, for a second.

    :param mark: the call's ``--rsync-path``.
    """
    # There is nobody left to tell that it failed.
    with contextlib.suppress(Exception):
        variable, _, value = mark.split()[1].partition("=")
        shell.run(box, _END_AT_ONCE, f"{variable}={value}", timeout_s=_AT_ONCE_S)


def end_orphaned_rsync(request: Request, *, then_make: str) -> None:
    """
    End what an earlier attempt at this copy left on its boxes, wait until it is gone, then make a directory.

    :param then_make: a directory on the box that is written; empty for none.
    :raises BoxError: a process could not be ended, or the directory not made.
    """
    for box in request.boxes:
        shell.run(box, _END, copy_id(request), then_make if box is request.target.box else "")
