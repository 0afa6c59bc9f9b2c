"""Stops the processes on a box that match a pattern by TERM, then KILL, and verifies it over a new connection."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar

from ssh_transport.errors import LinkLost, ReachError, UsageError
from ssh_transport.terminal import report
from ssh_transport.text import count

from . import signals
from .choice import hosts, protected, select
from .gpu import gpu
from .launch import ready
from .listing import listing
from .outcome import Stopped, not_stopped
from .pattern import compile_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from ssh_transport.box import Box

    from .launch import Launch
    from .listing import Listing, Process

    _T = TypeVar("_T")

_TICK_S = 0.5
# A killed process may have much memory to free, and a supervisor may start it again several times.
_KILLING_S = 15
# If stopping a process restarts the container, the box needs some seconds.
_RECONNECT_WAITS_S = (0, 1, 2, 4, 8)


def stop(box: Box, pattern: str, *, grace_s: float, dry_run: bool, launch: Launch | None = None) -> Stopped:
    """
    Ensure that no process runs on the box whose command line matches `pattern`, and no descendant of one.

    What only hosts others, such as a tmux server, is named and left, whatever started it.

    First TERM, parents before their children; after `grace_s` KILL for processes that remain or were started meanwhile.
    The link may break meanwhile. At the end a new connection lists the processes again, and those with GPU memory.

    :param pattern: as for `pgrep -f`; it is never sent to the box.
    :param launch: what is to be started then; whether it can be is found out first.
    :raises CommandFailed: it can't; nothing was stopped.
    :raises UsageError: the pattern is not valid, or every process matches it.
    :raises Unhealthy: a process still runs. Zombies do not count: they hold no resources and wait for their parent.
    """
    if grace_s < 0:
        raise UsageError("`--grace` is negative", hint="--grace=10; 0 kills at once")
    run = _Run(box, compile_pattern(pattern))
    first = run.select(launch)
    if launch:
        ready(box, launch, run.listing, first)
    _report(box, run, first, dry_run=dry_run)
    if dry_run:
        return Stopped(pattern, tuple(first), hosts=tuple(hosts(run.listing, run.pattern)), dry_run=True)
    remaining = first
    if first:
        run.end(grace_s)
        box.reconnect()
        remaining = run.select()
    alive = [process for process in remaining if not process.is_zombie]
    gpu_memory = gpu(box, run.listing)
    if alive:
        raise not_stopped(box.name, pattern, alive, refused=run.refused, found=run.listing, gpu=gpu_memory)
    zombies = tuple(process for process in remaining if process.is_zombie)
    left = tuple(hosts(run.listing, run.pattern))
    return Stopped(pattern, tuple(run.known.values()), len(run.killed), zombies, left, gpu_memory)


class _Run:
    """The processes selected on one box so far, and the signals that were sent to them."""

    def __init__(self, box: Box, pattern: re.Pattern[str]) -> None:
        self._box = box
        self.pattern = pattern
        self.listing: Listing
        self.known: dict[tuple[int, str], Process] = {}
        self.terminated: set[tuple[int, str]] = set()
        self.killed: set[tuple[int, str]] = set()
        self.refused: set[tuple[int, str]] = set()

    def select(self, launch: Launch | None = None) -> list[Process]:
        """List the processes of the box again, and return the selected ones; ask what a launch wants to know."""
        self.listing = self._with_reconnect(lambda: listing(self._box, *(launch.question if launch else ())))
        selected = select(self.listing, self.pattern, list(self.known.values()))
        self.known.update((process.identity, process) for process in selected)
        return selected

    def end(self, grace_s: float) -> None:
        """Send TERM for `grace_s`, then KILL for 15 s, as long as there are processes that we may signal."""
        grace_ends_at = time.monotonic() + grace_s
        while time.monotonic() < grace_ends_at:
            if not (remaining := self._signallable()):
                return
            self._send("TERM", [process for process in remaining if process.identity not in self.terminated])
            self.terminated |= {process.identity for process in remaining}
            time.sleep(min(_TICK_S, max(0.0, grace_ends_at - time.monotonic())))
        killing_ends_at = time.monotonic() + _KILLING_S
        while (remaining := self._signallable()) and time.monotonic() < killing_ends_at:
            self._send("KILL", remaining)
            self.killed |= {process.identity for process in remaining}
            time.sleep(_TICK_S)

    def _signallable(self) -> list[Process]:
        return [p for p in self.select() if not p.is_zombie and p.identity not in self.refused]

    def _send(self, signal: signals.Signal, targets: list[Process]) -> None:
        if not targets:
            return
        try:
            self.refused |= {process.identity for process in signals.send(self._box, signal, targets)}
        except LinkLost:
            # A signalled process may have carried the link; the next listing shows which are left.
            self._reconnect()

    def _with_reconnect(self, call: Callable[[], _T]) -> _T:
        """Call a function; if the link breaks after a signal was sent, reconnect and call it once more."""
        try:
            return call()
        except LinkLost:
            if not self.terminated | self.killed:
                raise
            self._reconnect()
            return call()

    def _reconnect(self) -> None:
        report.say(f"{self._box.name}: the link broke while processes were stopped; connecting again")
        *waits_s, last_s = _RECONNECT_WAITS_S
        for wait_s in waits_s:
            time.sleep(wait_s)
            with contextlib.suppress(ReachError):
                self._box.reconnect()
                return
        time.sleep(last_s)
        self._box.reconnect()


def _report(box: Box, run: _Run, selected: list[Process], *, dry_run: bool) -> None:
    for process in protected(run.listing, run.pattern):
        report.say(f"{box.name}: not stopped, as the connection or the box depends on it: pid {str(process).strip()}")
    if selected and not dry_run:
        lines = "\n".join(str(process) for process in selected)
        report.say(f"{box.name}: stopping {count(len(selected), 'process')}\n{lines}")
