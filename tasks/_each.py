"""The tasks `transfer.pull-each` and `transfer.push-each`: each directory by its own copy, complete ones skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from . import _how, _verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.each import Each
    from ssh_transport.transfer import Request

_MOST_JOBS = 16
_FLAGS = {
    "on": _how.ON,
    "jobs": f"How many directories of a box at once, up to {_MOST_JOBS}",
    "min_size": "Hash nothing: a directory with at least this size at the target (1G) counts as complete",
    "json": _how.JSON,
    **_how.HELP,
    "exclude": f"{_how.HELP['exclude']}; a slash in front means right below --path, or its last name",
    "delete": f"{_how.HELP['delete']}, in each directory; a directory that the source lacks stays",
    "bwlimit": f"{_how.HELP['bwlimit']}; the directories under way share it",
}


@task(
    iterable=["exclude", "exclude_from"],
    help={
        "path": "The directory whose entries are pulled; a trailing slash means its contents",
        "to": "Local target, as for transfer.pull (default: ./ALIAS/)",
        **_FLAGS,
    },
)
@_how.takes_how
def pull_each(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    jobs: int = 4,
    min_size: str = "",
    json: bool = False,
    **how: Any,
) -> Any:
    """Pull directory by directory, each by its own copy."""
    from ssh_transport.transfer import pull_request

    _how.require_here(c, "transfer.pull-each", path, to, on)
    on, path = _how.place(c, on, path)
    options, targets = _how.options(_apart(how, jobs)), boxes(c, on)
    requests = {box.name: pull_request(box, path, to, options) for box in targets}
    _how.require_own_targets(requests, to)
    act = _copier(c, requests, how, jobs, min_size, as_json=json)
    return _reported(targets, act, jobs, as_json=json)


@task(
    iterable=["exclude", "exclude_from", "allow"],
    help={
        "path": "The directory whose entries are pushed; a trailing slash means its contents",
        "to": "Target on the box, as for transfer.push",
        "allow": "Let a file through that looks like a credential: a name or pattern; may be given several times",
        **_FLAGS,
    },
)
@_how.takes_how
def push_each(
    c: Context,
    path: str,
    to: str,
    on: str = "",
    jobs: int = 4,
    min_size: str = "",
    allow: Iterable[str] | None = None,
    json: bool = False,
    **how: Any,
) -> Any:
    """Push directory by directory, each by its own copy."""
    from ssh_transport.transfer import push_request

    on, to = _how.place(c, on, to)
    options, targets = _how.options(_apart(how, jobs), allow=tuple(allow or ())), boxes(c, on)
    requests = {box.name: push_request(box, path, to, options) for box in targets}
    act = _copier(c, requests, how, jobs, min_size, as_json=json)
    return _reported(targets, act, jobs, as_json=json)


def _apart(how: Mapping[str, Any], jobs: int) -> Mapping[str, Any]:
    """With several jobs, give each copy one connection, unless `--streams` is set."""
    return how if how.get("streams") or jobs == 1 else {**how, "streams": "1"}


def _copier(
    c: Context,
    requests: Mapping[str, Request],
    how: Mapping[str, Any],
    jobs: int,
    min_size: str,
    *,
    as_json: bool,
) -> Callable[[Box], Each]:
    from ssh_transport.each import each, size_bytes
    from ssh_transport.each.result import HEADINGS
    from ssh_transport.terminal.meter import meter

    if not 1 <= jobs <= _MOST_JOBS:
        raise UsageError(f"`--jobs={jobs}` is not between 1 and {_MOST_JOBS}", hint="--jobs=4")
    patience, least_bytes = _how.patience(c, how), size_bytes(min_size) if min_size else 0

    def act(box: Box) -> Each:
        with meter(box.name) as show:
            done = each(requests[box.name], patience, show, jobs=jobs, least_bytes=least_bytes)
        if not as_json:
            # Another box may have come to its end too.
            with report.together():
                if len(requests) > 1:
                    report.result(f"{box.name}:")
                report.table(HEADINGS, [outcome.row for outcome in done.outcomes])
        return done

    return act


def _reported(targets: list[Box], act: Callable[[Box], Each], jobs: int, *, as_json: bool) -> Any:
    """Copy to or from every box, and raise an error if anything has not arrived."""
    outcome = fleet.each(targets, act, as_json=as_json, weight=jobs)
    failed = {name: done for name, done in _verify.by_name(targets, outcome).items() if done.failed}
    hint = "run the same command again: it does only what is missing"
    what = "not everything has arrived"
    _verify.raise_if_any({name: Incomplete(f"{what}: {of.counts}", box=name, hint=hint) for name, of in failed.items()})
    unwritten = {name: done.unwritten for name, done in _verify.by_name(targets, outcome).items()}
    _verify.raise_if_any({name: found.error for name, found in unwritten.items() if found})
    return outcome
