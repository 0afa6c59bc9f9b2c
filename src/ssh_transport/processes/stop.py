"""No process that matches a pattern runs on a box: asked to end, then made to, and the end proved by a fresh login."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar

from ssh_transport import report
from ssh_transport.errors import LinkLost, ReachError, UsageError

from . import signals
from .choice import chosen, spared
from .gpu import gpu
from .listing import listing
from .outcome import Stopped, processes, survival
from .pattern import compiled

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from ssh_transport.box import Box

    from .listing import Listing, Process

    _T = TypeVar("_T")

_TICK_S = 0.5
# What is killed may have much memory to give back, and a supervisor may start it again several times.
_KILLING_S = 15
# A box whose container ends with what was stopped needs a moment.
_RECONNECT_WAITS_S = (0, 1, 2, 4, 8)


def stop(box: Box, pattern: str, *, grace_s: float, dry_run: bool) -> Stopped:
    """
    Ensure that nothing runs on the box whose command line matches `pattern`, nor what it started.

    First TERM, parents before their children; after `grace_s` KILL for what is left or was started meanwhile. The
    link may break on the way. At the end a new connection looks again, and asks who holds GPU memory.

    :param pattern: as of `pgrep -f`; it is never sent to the box.
    :raises UsageError: the pattern makes no sense, or every process matches.
    :raises Unhealthy: something is still there, zombies apart: they hold nothing and wait for their parent.
    """
    if grace_s < 0:
        raise UsageError("a grace of less than no time", hint="--grace=10; 0 kills at once")
    hunt = _Hunt(box, compiled(pattern))
    first = hunt.look()
    _tell(box, hunt, first, dry_run=dry_run)
    if dry_run:
        return Stopped(pattern, tuple(first), dry_run=True)
    left = first
    if first:
        hunt.end(grace_s)
        box.reconnect()
        left = hunt.look()
    alive = [process for process in left if not process.is_zombie]
    found = gpu(box, {process.pid for process in hunt.listing.processes})
    if alive:
        raise survival(box.name, pattern, alive, refused=hunt.refused, found=hunt.listing, gpu=found)
    zombies = tuple(process for process in left if process.is_zombie)
    return Stopped(pattern, tuple(hunt.known.values()), len(hunt.killed), zombies, found)


class _Hunt:
    """What was found on one box so far, and what was done to it."""

    def __init__(self, box: Box, pattern: re.Pattern[str]) -> None:
        self._box = box
        self.pattern = pattern
        self.listing: Listing
        self.known: dict[tuple[int, str], Process] = {}
        self.asked: set[tuple[int, str]] = set()
        self.killed: set[tuple[int, str]] = set()
        self.refused: set[tuple[int, str]] = set()

    def look(self) -> list[Process]:
        """Return what is meant and there now."""
        self.listing = self._surviving(lambda: listing(self._box))
        found = chosen(self.listing, self.pattern, list(self.known.values()))
        self.known.update((process.identity, process) for process in found)
        return found

    def end(self, grace_s: float) -> None:
        """Signal until nothing is left that a signal could end, or it makes no sense any more."""
        grace_ends_at = time.monotonic() + grace_s
        while time.monotonic() < grace_ends_at:
            if not (left := self._mortal()):
                return
            self._send("TERM", [process for process in left if process.identity not in self.asked])
            self.asked |= {process.identity for process in left}
            time.sleep(min(_TICK_S, max(0.0, grace_ends_at - time.monotonic())))
        killing_ends_at = time.monotonic() + _KILLING_S
        while (left := self._mortal()) and time.monotonic() < killing_ends_at:
            self._send("KILL", left)
            self.killed |= {process.identity for process in left}
            time.sleep(_TICK_S)

    def _mortal(self) -> list[Process]:
        return [p for p in self.look() if not p.is_zombie and p.identity not in self.refused]

    def _send(self, signal: signals.Signal, targets: list[Process]) -> None:
        if not targets:
            return
        try:
            self.refused |= {process.identity for process in signals.send(self._box, signal, targets)}
        except LinkLost:
            # What was ended may have carried the link; the next look tells what is left.
            self._reconnect()

    def _surviving(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except LinkLost:
            if not self.asked | self.killed:
                raise
            self._reconnect()
            return ask()

    def _reconnect(self) -> None:
        report.say(f"{self._box.name}: the link broke with what was stopped; connecting again")
        *waits_s, last_s = _RECONNECT_WAITS_S
        for wait_s in waits_s:
            time.sleep(wait_s)
            with contextlib.suppress(ReachError):
                self._box.reconnect()
                return
        time.sleep(last_s)
        self._box.reconnect()


def _tell(box: Box, hunt: _Hunt, found: list[Process], *, dry_run: bool) -> None:
    for process in spared(hunt.listing, hunt.pattern):
        report.say(f"{box.name}: left alone, as the connection or the box stands on it: pid {str(process).strip()}")
    if found and not dry_run:
        lines = "\n".join(str(process) for process in found)
        report.say(f"{box.name}: stopping {processes(len(found))}\n{lines}")
