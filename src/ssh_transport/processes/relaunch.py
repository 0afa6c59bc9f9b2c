"""Stops what runs on a box, and starts a command after verifying that nothing of it is left."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors.commands import as_typed, on_box
from ssh_transport.terminal import report

from .choice import select
from .launch import start, wait_alive
from .listing import listing
from .pattern import compile_pattern
from .stop import stop

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .launch import Launch
    from .listing import Process
    from .outcome import Stopped


@dataclass(frozen=True)
class Relaunched:
    """
    A run that was started and is alive, and what was stopped before.

    :ivar stopped: what was stopped.
    :ivar name: what the run is called.
    :ivar command: what was started.
    :ivar held_by: what keeps it alive: tmux, or a session of its own.
    :ivar pid: its process; 0 in a dry run.
    :ivar log: the path of what it says, on the box.
    :ivar alive_s: seconds that it was seen alive.
    :ivar watch: commands that show it.

    >>> hygiene.relaunch(c, "no-such-program", run="sleep 9", dry_run=True, on="proj-1").pid
    0
    """

    stopped: Stopped
    name: str
    command: str
    held_by: str
    pid: int
    log: str
    alive_s: float
    watch: tuple[str, ...]

    def __str__(self) -> str:
        if not self.pid:
            return f"{self.stopped}\ndry run: `{self.command}` would be started as `{self.name}`, log: {self.log}"
        started = f"started `{self.name}` by {self.held_by}, alive for {self.alive_s:g} s (pid {self.pid}); watch it:"
        return "\n  ".join([f"{self.stopped}\n{started}", *self.watch])


def relaunch(box: Box, pattern: str, launch: Launch, *, grace_s: float, dry_run: bool) -> Relaunched:
    """
    Stop what matches `pattern`; if that succeeds, start `launch` over a new connection and check that it is alive.

    :raises Unhealthy: a process did not end; nothing was started.
    :raises CommandFailed: the command can't be started, and nothing was stopped; or it ended before ``launch.alive_s``.
    """
    stopped = stop(box, pattern, grace_s=grace_s, dry_run=dry_run, launch=launch)
    made = (launch.name, launch.command)
    if dry_run:
        return Relaunched(stopped, *made, "", 0, launch.log, launch.alive_s, ())
    report.say(f"{box.name}: {stopped}")
    box.reconnect()
    held_by = start(box, launch)
    # Reconnect, as the command must survive the logout.
    box.reconnect()

    def runs() -> list[Process]:
        return select(listing(box), compile_pattern(pattern))

    pid = wait_alive(box, launch, runs)
    if not runs():
        report.say(f"{box.name}: nothing that runs now matches `{pattern}`: the next relaunch would not stop this one")
    return Relaunched(stopped, *made, held_by, pid, launch.log, launch.alive_s, _watch(box, launch, held_by))


def _watch(box: Box, launch: Launch, held_by: str) -> tuple[str, ...]:
    log = as_typed(on_box(box.name, shlex.join(["tail", "-f", launch.log])))
    attach = as_typed(f"ssh -t {shlex.quote(box.name)} tmux attach -t {launch.name}")
    return (log, attach) if held_by == "tmux" else (log,)
