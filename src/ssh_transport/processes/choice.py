"""Selects the processes to stop: those that match, with all they started, none that only hosts others, none of ours."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .listing import Listing, Process

_INIT = 1
_START_FIELD = 19
# What a session at a terminal begins with, where no server is to be seen: see `box/carrier/at_terminal/`.
_TYPED = re.compile(r"sh -c if stty raw -echo; then printf ")
# What holds an `ssh` of ours: see `box/carrier/leash.py`.
_OUR_WAY = re.compile(r"/bin/sh -c\s+leash=\$1 directory=")
# The server's process for one connection, as OpenSSH's and dropbear call it.
_SERVER = re.compile(r"(\S*/)?(sshd|sshd-session|dropbear)\b")
# Each keeps the words that started it as its command line, with the name of whatever it hosts in them.
_HOSTS = frozenset(
    {
        *("tmux", "screen", "abduco", "dtach", "zellij"),
        *("systemd", "supervisord", "runit", "runit-init", "runsvdir", "runsv", "circusd"),
        *("dumb-init", "tini", "tini-static", "docker-init", "catatonit", "conmon"),
    }
)
# A person may call a program of theirs so: it is the system's where the system has it.
_INITS = frozenset({"init", "/init", "/sbin/init", "/usr/sbin/init"})
# Of scripts that interpreters run, the names that are nobody's own.
_SCRIPTS = frozenset({"supervisord", "circusd"})
_KINDS = ("s6-", "containerd-shim", "tmux:")
_INTERPRETERS = ("python", "pypy")


def select(found: Listing, pattern: re.Pattern[str], known: Collection[Process] = ()) -> list[Process]:
    """
    Return the matching processes and all their descendants, parents before their children.

    A process whose parent has ended has another parent now, but is still in its process group and session. So the
    members of a group or session that a selected process leads are selected as well. What only hosts a match, such as
    a tmux server, is never selected: it may host others as well.

    :param known: processes that were selected before; they and their groups and sessions are selected again.
    """
    by_pid = {process.pid: process for process in found.processes}
    protected = protected_pids(found) | {process.pid for process in found.processes if is_host(process.command)}
    before = {process.identity for process in known}
    members = {
        process.pid
        for process in found.processes
        if process.pid not in protected and (process.identity in before or pattern.search(process.command))
    }
    # If another process has the pid now, the group of that number is not ours.
    leaders = {p.pid for p in known if p.leads and by_pid.get(p.pid, p).identity == p.identity}
    while True:
        leaders |= {pid for pid in members if by_pid[pid].leads}
        more = {p.pid for p in found.processes if p.parent in members or {p.group, p.session} & leaders}
        more -= members | protected
        if not more:
            break
        members |= more
    return sorted((by_pid[pid] for pid in members), key=lambda process: (_depth(process, by_pid, members), process.pid))


def protected_pids(found: Listing) -> set[int]:
    """
    Return the pids that are never signalled: the listing shell, its ancestors and descendants, the box's first process.

    What else goes over the same connection is ours too: a shell that waits for its script, a copy under way.
    If the box is this machine, our own process and its ancestors as well, and the `ssh` that it goes by.
    """
    by_pid = {process.pid: process for process in found.processes}
    ancestry = list(ancestry_of(found.own, by_pid))
    above = {_INIT, *ancestry}
    # The nearest server, as that one's parent serves everybody; where none can be seen (hidepid in proc(5)), what has
    # our words and our parent.
    own = by_pid.get(found.own)
    alike = {p.pid for p in found.processes if own and (p.command, p.parent) == (own.command, own.parent)}
    below = {found.own, *alike, *[pid for pid in ancestry if _SERVER.match(by_pid[pid].command)][:1]}
    typed = {p.session for p in found.processes if p.pid == p.session and _TYPED.match(p.command)}
    below.update(p.pid for p in found.processes if p.session in typed)
    if _is_here(by_pid):
        above.update(ancestry_of(os.getpid(), by_pid))
        # What we go to boxes by; what else was started from here may be meant.
        below.update(p.pid for p in found.processes if p.parent == os.getpid() and _OUR_WAY.match(p.command))
    while more := {p.pid for p in found.processes if p.parent in below} - below:
        below |= more
    return above | below


def protected(found: Listing, pattern: re.Pattern[str]) -> list[Process]:
    """Return the matching processes that are never signalled, without the listing shell and our own process."""
    ours = {found.own, os.getpid()} if _is_here({p.pid: p for p in found.processes}) else {found.own}
    pids = protected_pids(found) - ours
    return [process for process in found.processes if process.pid in pids and pattern.search(process.command)]


def hosts(found: Listing, pattern: re.Pattern[str]) -> list[Process]:
    """Return the processes that match, but only host others; what they host is selected if it matches itself."""
    pids = protected_pids(found)
    matching = (process for process in found.processes if pattern.search(process.command))
    return [process for process in matching if process.pid not in pids and is_host(process.command)]


def ancestry_of(pid: int, by_pid: Mapping[int, Process]) -> Iterable[int]:
    """Return the pids of a process and all its ancestors."""
    seen: dict[int, None] = {}
    while pid in by_pid and pid not in seen:
        seen[pid] = None
        pid = by_pid[pid].parent
    return seen


def _depth(process: Process, by_pid: Mapping[int, Process], members: Collection[int]) -> int:
    return sum(pid in members for pid in ancestry_of(process.pid, by_pid))


def _is_here(by_pid: Mapping[int, Process]) -> bool:
    """
    Whether our own process is among them, by its number and its start; where `ps` listed them, by its words.

    Not by what else a box says of itself: what is missing there, or forged, would have us signal ourselves.
    """
    here = by_pid.get(os.getpid())
    if here is None:
        return False
    with contextlib.suppress(OSError):
        if here.born.isdecimal():
            stat = Path("/proc/self/stat").read_text(errors="replace")
            return here.born == stat.rpartition(")")[2].split()[_START_FIELD]
        said = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(here.pid)], stdout=subprocess.PIPE, check=False)
        return said.stdout.decode("utf-8", "surrogateescape").strip() == here.command
    return False


def is_host(command: str) -> bool:
    """Whether a command line is that of a process that only hosts others, which a match in it says nothing about."""
    words = command.split()
    if words and posixpath.basename(words[0]).startswith(_INTERPRETERS):
        # The interpreter's own options come first.
        script = next((word for word in words[1:] if not word.startswith("-")), "")
        return posixpath.basename(script) in _SCRIPTS
    name = posixpath.basename(words[0]).lower() if words else ""
    return name in _HOSTS or name.startswith(_KINDS) or not _INITS.isdisjoint(words[:1])
