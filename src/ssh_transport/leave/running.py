"""What a person started on a box and what still runs there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import ToolMissing
from ssh_transport.processes.choice import is_host, protected_pids
from ssh_transport.processes.gpu import gpu
from ssh_transport.processes.listing import listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from ssh_transport.box import Box
    from ssh_transport.processes.listing import Listing, Process

# Prints the processes that a login of this user started: its variables are in their environment, whatever became of the
# login. As root, the owner does not tell a person's work from the system's. Where logins have no such variable, as
# behind a proxy that starts them otherwise, all that has this home counts.
_STARTED = r"""
cd /proc || exit
LC_ALL=C
export LC_ALL
shows() { grep -qF "$1" "$2" 2>/dev/null; }
shows "HOME=$HOME" "$$/environ" || { echo "processes do not show their environment" >&2; exit 1; }
by_ssh=SSH_CONNECTION=
shows "$by_ssh" "$$/environ" || by_ssh=HOME=
grep -lF "HOME=$HOME" [0-9]*/environ 2>/dev/null | while IFS= read -r name; do
    ! shows "$by_ssh" "$name" || echo "${name%/environ}"
done
"""
_PID_DIGITS = 19
# What keeps a container up.
_KEEPERS = frozenset({"sleep infinity", "tail -f /dev/null"})
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "fish", "ksh"})


def running_on(box: Box) -> list[Process]:
    """
    Return the processes that a login of this user started, or that hold GPU memory, parents first.

    Without this login's own, what only hosts others, and shells that wait for a person.

    :raises ToolMissing: the box does not list its processes, or not who started them.
    """
    found = listing(box)
    said = shell.run(box, relying_on(_STARTED, "grep"), check=False)
    if said.exit_code:
        raise ToolMissing(f"`{box.name}` does not say who started its processes", box=box.name, cause=said.stderr)
    started = {int(word) for word in said.stdout.split() if word.isdecimal() and len(word) <= _PID_DIGITS}
    holders = gpu(box, found).holders
    return of_a_person(found, started | {holder.pid for holder in holders if holder.is_visible})


def of_a_person(found: Listing, started: Collection[int]) -> list[Process]:
    """Return those of the processes started, and of their descendants, that are work of a person's."""
    protected = protected_pids(found)
    members = set(started)
    while more := {process.pid for process in found.processes if process.parent in members} - members:
        members |= more
    parents = {process.parent for process in found.processes if process.pid in members}
    return [
        process
        for process in sorted(found.processes, key=lambda process: process.pid)
        if process.pid in members - protected
        and not process.is_zombie
        and not is_host(process.command)
        and process.command not in _KEEPERS
        and not (process.pid not in parents and _is_idle_shell(process.command))
    ]


def _is_idle_shell(command: str) -> bool:
    """Whether a command line is that of a shell at a prompt: it has no script."""
    words = command.split()
    name = posixpath.basename(words[0]).removeprefix("-") if words else ""
    return name in _SHELLS and all(word in {"-i", "-l", "--login"} for word in words[1:])
