"""Copies directory by directory: each in a session of its own, what is complete skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport import fleet, report
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import Incomplete, SeveralFailed, UsageError

from . import _how, _proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.transfer import Request
    from ssh_transport.transfer.each import Each

_MOST_JOBS = 16
_FLAGS = {
    "on": _how.ON,
    "jobs": f"How many directories at once, up to {_MOST_JOBS}",
    "min_size": "Hash nothing: a directory that holds so much at the target (1G) counts as complete",
    "json": _how.JSON,
    **_how.HELP,
    "exclude": f"{_how.HELP['exclude']}; a slash in front means right below --path, or its last name",
    "delete": f"{_how.HELP['delete']}, in each directory; a directory that the source lacks stays",
    "bwlimit": f"{_how.HELP['bwlimit']}; the directories under way share it",
}


@task(
    iterable=["exclude"],
    help={
        "path": "The directory that holds what to pull; a trailing slash means its contents",
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
    """Pull directory by directory, each in a session of its own."""
    from ssh_transport.transfer import pull_request

    options, targets = _how.options(_apart(how, jobs)), boxes(c, on)
    requests = {box.name: pull_request(box.name, path, to, options) for box in targets}
    _how.refuse_one_place(requests, to)
    act = _copier(c, lambda box: requests[box.name], how, jobs, min_size, as_json=json)
    return _reported(targets, act, as_json=json)


@task(
    iterable=["exclude", "allow"],
    help={
        "path": "The directory that holds what to push; a trailing slash means its contents",
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
    """Push directory by directory, each in a session of its own."""
    from ssh_transport.transfer import push_request

    request = push_request(path, to, _how.options(_apart(how, jobs), allow=tuple(allow or ())))
    act = _copier(c, lambda _: request, how, jobs, min_size, as_json=json)
    return _reported(boxes(c, on), act, as_json=json)


def _apart(how: Mapping[str, Any], jobs: int) -> Mapping[str, Any]:
    """Directories side by side are connections side by side: each has one, unless the person says otherwise."""
    return how if how.get("streams") or jobs == 1 else {**how, "streams": "1"}


def _copier(
    c: Context,
    make: Callable[[Box], Request],
    how: Mapping[str, Any],
    jobs: int,
    min_size: str,
    *,
    as_json: bool,
) -> Callable[[Box], Each]:
    from ssh_transport.progress import meter
    from ssh_transport.transfer.each import each, size_bytes
    from ssh_transport.transfer.each.result import HEADINGS

    if not 1 <= jobs <= _MOST_JOBS:
        raise UsageError(f"`--jobs={jobs}` is not between 1 and {_MOST_JOBS}", hint="--jobs=4")
    patience, least_bytes = _how.patience(c, how), size_bytes(min_size) if min_size else 0

    def act(box: Box) -> Each:
        with meter(box.name) as show:
            done = each(box, make(box), patience, show, jobs=jobs, least_bytes=least_bytes)
        if not as_json:
            report.table(HEADINGS, [outcome.row for outcome in done.outcomes])
        return done

    return act


def _reported(targets: list[Box], act: Callable[[Box], Each], *, as_json: bool) -> Any:
    """Copy to or from every box, and end with an error if anything has not arrived."""
    outcome = fleet.each(targets, act, as_json=as_json)
    found = {name: done for name, done in _proof.by_name(targets, outcome).items() if done.failed}
    if len(found) > 1:
        raise SeveralFailed(dict.fromkeys(found, Incomplete.exit_code))
    for name, done in found.items():
        hint = "run the same command again: it does only what is missing"
        raise Incomplete(f"not everything has arrived: {done.counts}", box=name, hint=hint)
    return outcome
