"""The task `transfer.watch`: keeps pulling a directory that a training run writes to."""

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

# Without the flags that show unfinished files, delete, or only plan: a watch can't use them.
_HOW = ("exclude", "bwlimit", "engine", "streams", "install_rsync", "attempts", "give_up_after")


@task(
    iterable=["exclude"],
    help={
        "path": "The directory to watch; a trailing slash means its contents",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/)",
        "on": "The box: an alias or user@host:port (as fab's -H)",
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

    on, path = _how.place(c, on, path)
    rules = Rules(every_s=every, settle_s=settle, done_marker=done_marker, until=until, rounds=rounds)
    options, patience, box = _how.options(how, known=_HOW), _how.patience(c, how), _only(boxes(c, on))
    request = pull_request(box, path, to, options)
    with meter(box.name) as show:
        return fleet.each([box], lambda _: keep_pulling(request, rules, patience, show), as_json=json)


def _only(found: list[Box]) -> Box:
    if len(found) > 1:
        names = ", ".join(box.name for box in found)
        raise UsageError("a watch has no end, so it takes one box", cause=names, hint="start one for each box")
    return found[0]
