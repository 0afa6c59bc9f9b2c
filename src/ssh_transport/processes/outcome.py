"""What a person hears of a stop: that all is gone, or what is left and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors import Unhealthy
from ssh_transport.text import one_line

from .gpu import Gpu

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .listing import Listing, Process


@dataclass(frozen=True)
class Stopped:
    """
    Nothing runs any more that matches ``pattern``, or with ``dry_run``: what would be stopped.

    ``processes`` is all that was found, parents first; ``killed`` says how many of them only KILL could end.
    """

    pattern: str
    processes: tuple[Process, ...]
    killed: int = 0
    zombies: tuple[Process, ...] = ()
    gpu: Gpu = field(default_factory=Gpu)
    dry_run: bool = False

    def __str__(self) -> str:
        if self.dry_run:
            would = "".join(f"\n{process}" for process in self.processes)
            return f"dry run: {processes(len(self.processes))} would be stopped{would}"
        if not self.processes:
            state = f"CLEAN: nothing matches `{self.pattern}` (no change)"
        else:
            how = f", {self.killed} of them by KILL" if self.killed else ""
            state = f"CLEAN: {processes(len(self.processes))} stopped{how}; nothing matches `{self.pattern}`"
        if self.zombies:
            parents = ", ".join(str(pid) for pid in sorted({zombie.parent for zombie in self.zombies}))
            state += f"\n{len(self.zombies)} of them ended, but are listed as zombies until pid {parents} asks for them"
        return "\n".join(filter(None, [state, str(self.gpu)]))


def survival(  # noqa: PLR0913 - what is left, and all that may explain it
    box: str,
    pattern: str,
    alive: Sequence[Process],
    *,
    refused: Collection[tuple[int, str]],
    found: Listing,
    gpu: Gpu,
) -> Unhealthy:
    """Return the error for processes that nothing could end, each with its reason."""
    reasons = {process.identity: _reason(process, refused) for process in alive}
    lines = [f"pid {str(process).strip()}  <- {reasons[process.identity]}" for process in alive]
    kind = next(kind for kind in _HINTS if kind in reasons.values())
    maker = _maker(alive, found)
    again = maker and kind is _RUNS and f"does pid {maker.pid} start it again? {one_line(maker.command[:80])}"
    return Unhealthy(
        f"{processes(len(alive))} matching `{one_line(pattern)}` did not end",
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
    _STUCK: "it ends when the disk, the network mount or the GPU answers; a restart of the box ends it surely",
}


def _maker(alive: Sequence[Process], found: Listing) -> Process | None:
    """Return the first parent of what is left that is neither left itself nor the box's first process."""
    left = {process.pid for process in alive}
    parents = {process.parent for process in alive} - left - {1}
    return next((process for process in found.processes if process.pid in parents), None)


def _reason(process: Process, refused: Collection[tuple[int, str]]) -> str:
    if process.identity in refused:
        return _REFUSED
    return _STUCK if process.is_stuck else _RUNS


def processes(number: int) -> str:
    return f"{number} process" if number == 1 else f"{number} processes"
