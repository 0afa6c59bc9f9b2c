"""The task `transfer.watch`: keeps pulling a directory that a training run writes to, from one box or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.terminal.task import task

from . import _how

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.watch import Rules

# Without the flags that show unfinished files, delete, or only plan: a watch can't use them.
_HOW = ("exclude", "exclude_from", "bwlimit", "engine", "streams", "install_rsync", "attempts", "give_up_after")


@task(
    iterable=["exclude", "exclude_from"],
    help={
        "path": "The directory to watch; a trailing slash means its contents",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/)",
        "on": _how.ON,
        "every": "Seconds between two listings",
        "settle": "Seconds for which a file must not have changed",
        "done_marker": "A file of this name means that its directory is complete: no need to wait",
        "until": "End when this exists and all has settled: a path below the directory, or a glob",
        "rounds": "List the directory at most so many times (0: no end)",
        "json": _how.JSON,
        **{name: _how.HELP[name] for name in _HOW},
    },
)
@_how.takes(*_HOW)
def watch(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    every: int = 60,
    settle: int = 30,
    done_marker: str = "",
    until: str = "",
    rounds: int = 0,
    json: bool = False,
    **how: Any,
) -> Any:
    """Keep pulling a directory, but only files that stopped changing."""
    from ssh_transport.terminal.meter import meter
    from ssh_transport.transfer import pull_request
    from ssh_transport.watch import Rules
    from ssh_transport.watch import watch as keep_pulling

    _how.require_here(c, "transfer.watch", path, to, on)
    on, path = _how.place(c, on, path)
    rules = Rules(every_s=every, settle_s=settle, done_marker=done_marker, until=until, rounds=rounds)
    options, patience, targets = _how.options(how, known=_HOW), _how.patience(c, how), boxes(c, on)
    requests = {box.name: pull_request(box, path, to, options) for box in targets}
    _how.require_own_targets(requests, to)
    _require_an_end(targets, rules)

    def act(box: Box) -> Any:
        with meter(box.name) as show:
            return keep_pulling(requests[box.name], rules, patience, show)

    return fleet.each(targets, act, as_json=json)


def _require_an_end(targets: list[Box], rules: Rules) -> None:
    """
    Check that every box gets its turn.

    :raises UsageError: a watch without an end would keep the others waiting.
    """
    at_once, firsts = fleet.jobs(targets), {box.address: box.name for box in reversed(targets)}
    # Two names of one box take turns.
    waiting = [box.name for at, box in enumerate(targets) if at >= at_once or firsts[box.address] != box.name]
    if waiting and not (rules.until or rules.rounds):
        names = ", ".join(waiting)
        hint = f"--jobs={len(targets)} watches so many boxes at once; --until=DONE or --rounds=10 gives it an end"
        raise UsageError("a watch without an end keeps the other boxes waiting", cause=names, hint=hint)
