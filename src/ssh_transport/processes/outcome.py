"""The result of a stop: nothing runs any more, or an error with what still runs and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import Unhealthy
from ssh_transport.facts.secret_lines import masked
from ssh_transport.text import count, one_line

from .gpu import Gpu

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .listing import Listing, Process


@dataclass(frozen=True)
class Stopped:
    """
    No process that matches a pattern runs any more; or in a dry run, what would be stopped.

    :ivar pattern: the regular expression.
    :ivar processes: all that were found, parents first.
    :ivar killed: how many of them got KILL.
    :ivar zombies: those that ended and that nobody has taken away.
    :ivar hosts: what matches as well and still runs: it only hosts others (`hosts`), and was not signalled.
    :ivar gpu: who still holds GPU memory.
    :ivar dry_run: whether nothing was signalled.

    >>> hygiene.stop(c, "no-such-program", on="proj-1").processes
    ()
    """

    pattern: str
    processes: tuple[Process, ...]
    killed: int = 0
    zombies: tuple[Process, ...] = ()
    hosts: tuple[Process, ...] = ()
    gpu: Gpu = field(default_factory=Gpu)
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Keep no secret that is among somebody's arguments."""
        for name in ("processes", "zombies", "hosts"):
            shown = tuple(replace(process, command=masked(process.command)) for process in getattr(self, name))
            object.__setattr__(self, name, shown)

    def __str__(self) -> str:
        if self.dry_run:
            would = "".join(f"\n{process}" for process in self.processes)
            return f"dry run: {count(len(self.processes), 'process')} would be stopped{would}{self._left}"
        nothing = "nothing else" if self.hosts else "nothing"
        if not self.processes:
            state = f"CLEAN: {nothing} matches `{self.pattern}` (no change)"
        else:
            how = f", {self.killed} of them by KILL" if self.killed else ""
            state = f"CLEAN: {count(len(self.processes), 'process')} stopped{how}; {nothing} matches `{self.pattern}`"
        state += self._left
        if self.zombies:
            parents = ", ".join(str(pid) for pid in sorted({zombie.parent for zombie in self.zombies}))
            state += f"\n{len(self.zombies)} of them ended, but are zombies until pid {parents} waits for them"
        return "\n".join(filter(None, [state, str(self.gpu)]))

    @property
    def _left(self) -> str:
        return "".join(f"\nleft running, as it only hosts others: pid {str(host).strip()}" for host in self.hosts)


def not_stopped(  # noqa: PLR0913 - the processes, and all that may explain them
    box: str,
    pattern: str,
    alive: Sequence[Process],
    *,
    refused: Collection[tuple[int, str]],
    found: Listing,
    gpu: Gpu,
) -> Unhealthy:
    """Return the error for processes that could not be stopped, each with its reason."""
    reasons = {process.identity: _reason(process, refused) for process in alive}
    lines = [f"pid {str(process).strip()}  <- {reasons[process.identity]}" for process in alive]
    kind = next(kind for kind in _HINTS if kind in reasons.values())
    parent = _parent(alive, found)
    again = (
        parent and kind is _RUNS and f"does pid {parent.pid} start it again? {one_line(masked(parent.command)[:80])}"
    )
    return Unhealthy(
        f"{count(len(alive), 'process')} matching `{one_line(pattern)}` did not end",
        box=box,
        cause="\n".join(filter(None, [*lines, str(gpu)])),
        hint=again or _HINTS[kind].format(box=box),
    )


_REFUSED = "of another user: it may not be signalled"
_STUCK = "waits in the kernel (state D)"
_RUNS = "runs, or was started again"
_HINTS = {
    _RUNS: "does a supervisor start them again? ssh {box} 'ps -ef; systemctl --user list-units; crontab -l'",
    _REFUSED: "log in as its owner or as root: ssh root@HOST",
    _STUCK: "it ends when the disk, the network mount or the GPU answers, or when the box is restarted",
}


def _parent(alive: Sequence[Process], found: Listing) -> Process | None:
    """Return the first parent of these processes that is not one of them, nor the box's first process, or `None`."""
    parents = {process.parent for process in alive} - {process.pid for process in alive} - {1}
    return next((process for process in found.processes if process.pid in parents), None)


def _reason(process: Process, refused: Collection[tuple[int, str]]) -> str:
    if process.identity in refused:
        return _REFUSED
    return _STUCK if process.is_stuck else _RUNS
