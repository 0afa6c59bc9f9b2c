"""Which processes are meant, and in which order: those that match and what they started, never what we stand on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Mapping

    from .listing import Listing, Process

_INIT = 1
_START_FIELD = 19


def chosen(found: Listing, pattern: re.Pattern[str], known: Collection[Process] = ()) -> list[Process]:
    """
    Return what matches and all that descends from it, parents before their children.

    A process whose parent ended has lost its descent, but neither its process group nor its session: who is in one
    that a chosen process leads is chosen as well.

    :param known: what was chosen before: still chosen, and their groups and sessions too.
    """
    by_pid = {process.pid: process for process in found.processes}
    spared = spared_pids(found)
    before = {process.identity for process in known}
    members = {
        process.pid
        for process in found.processes
        if process.pid not in spared and (process.identity in before or pattern.search(process.command))
    }
    # A number that another process has now leads nothing of ours any more.
    leaders = {p.pid for p in known if p.leads and by_pid.get(p.pid, p).identity == p.identity}
    while True:
        leaders |= {pid for pid in members if by_pid[pid].leads}
        more = {p.pid for p in found.processes if p.parent in members or {p.group, p.session} & leaders}
        more -= members | spared
        if not more:
            break
        members |= more
    return sorted((by_pid[pid] for pid in members), key=lambda process: (_depth(process, by_pid, members), process.pid))


def spared_pids(found: Listing) -> set[int]:
    """
    Return what is never signalled: the shell that listed, all it stands on, all it started, the box's first process.

    Where the box is this very machine, our own process and what it stands on as well.
    """
    by_pid = {process.pid: process for process in found.processes}
    spared = {_INIT, *_chain(found.own, by_pid)}
    below = {found.own}
    while more := {p.pid for p in found.processes if p.parent in below} - below:
        below |= more
    if _is_here(found, by_pid):
        spared.update(_chain(os.getpid(), by_pid))
    return spared | below


def spared(found: Listing, pattern: re.Pattern[str]) -> list[Process]:
    """Return what matches but is never signalled, without the shell that listed and our own process."""
    ours = {found.own, os.getpid()} if _is_here(found, {p.pid: p for p in found.processes}) else {found.own}
    pids = spared_pids(found) - ours
    return [process for process in found.processes if process.pid in pids and pattern.search(process.command)]


def _chain(pid: int, by_pid: Mapping[int, Process]) -> Iterable[int]:
    """Return a process and all it descends from."""
    seen: dict[int, None] = {}
    while pid in by_pid and pid not in seen:
        seen[pid] = None
        pid = by_pid[pid].parent
    return seen


def _depth(process: Process, by_pid: Mapping[int, Process], members: Collection[int]) -> int:
    return sum(pid in members for pid in _chain(process.pid, by_pid))


def _is_here(found: Listing, by_pid: Mapping[int, Process]) -> bool:
    """Whether the box is this machine and sees our own process: boot, number and start are the same."""
    here = by_pid.get(os.getpid())
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        stat = Path("/proc/self/stat").read_text(errors="replace")
    except OSError:
        return False
    start = stat.rpartition(")")[2].split()[_START_FIELD]
    return here is not None and found.boot_id == boot_id and here.born == start
