"""The tasks `hygiene.stop` and `hygiene.relaunch`: processes on a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.terminal.task import task

from ._how import JSON, ON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box

_PATTERN = "Regular expression for the whole command line, as for pgrep -f"
_FLAGS = {
    "grace": "Seconds between TERM and KILL; 0 kills at once",
    "on": ON,
    "dry_run": "Show what would be stopped; stop nothing",
    "json": JSON,
}


@task(positional=["pattern"], needs=("ssh_transport.processes.stop",), help={"pattern": _PATTERN, **_FLAGS})
def stop(c: Context, pattern: str, grace: int = 10, on: str = "", dry_run: bool = False, json: bool = False) -> Any:
    """Stop matching processes and their descendants; verify over a new login."""
    from ssh_transport.processes.pattern import compile_pattern
    from ssh_transport.processes.stop import stop as end

    compile_pattern(pattern)

    def act(box: Box) -> Any:
        box.require("exec")
        return end(box, pattern, grace_s=grace, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)


@task(
    positional=["pattern"],
    help={
        "pattern": _PATTERN,
        "run": "Command to start, as you would type it on the box, in the home directory",
        "name": "Name of the run in tmux and of its log (default: from the pattern)",
        "log": "File on the box for its output (default: ~/.ssh-transport-run/NAME-TIME.log)",
        "alive": "Seconds it must live to count as started",
        **_FLAGS,
    },
)
def relaunch(
    c: Context,
    pattern: str,
    run: str,
    name: str = "",
    log: str = "",
    alive: int = 5,
    grace: int = 10,
    on: str = "",
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Stop matching processes, then start a command that outlives the link."""
    from ssh_transport.processes.launch import Launch
    from ssh_transport.processes.relaunch import relaunch as stop_and_start

    launch = Launch.of(pattern, run, name=name, log=log, alive_s=alive)

    def act(box: Box) -> Any:
        box.require("exec")
        return stop_and_start(box, pattern, launch, grace_s=grace, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)
