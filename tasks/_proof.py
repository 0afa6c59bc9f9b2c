"""Proofs: compare both ends of a copy, and check a receipt again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport import fleet, report
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import Different, SeveralFailed
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.manifest import Proof

_ON = "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H)"


@task(
    iterable=["exclude"],
    help={
        "path": "What was pulled; a trailing slash means its contents",
        "to": "Where it was pulled to, as for transfer.pull (default: ./ALIAS/)",
        "on": _ON,
        "exclude": "Leave out what matches, as rsync's --exclude; may be given several times",
        "copy_links": "Compare what symlinks on the box point to",
        "streams": "Connections, which heal, that the box answers over: auto or a number (default: transfer.streams)",
        "json": "Print the result as JSON",
    },
)
def verify(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    exclude: Iterable[str] | None = None,
    copy_links: bool = False,
    streams: str = "",
    json: bool = False,
) -> Any:
    """Hash both ends of a pull at once, and list every difference."""
    from ssh_transport.transfer import Options, pull_request

    options = Options(exclude=tuple(exclude or ()), copy_links=copy_links, streams=streams)
    targets = boxes(c, on)
    act = lambda box: prove(c, box, pull_request(box.name, path, to, options), keep=False)  # noqa: E731 - one line
    proofs = by_name(targets, fleet.each(targets, act, as_json=json))
    insist({name: proof for name, proof in proofs.items() if not proof.comparison.identical})
    return proofs if len(targets) > 1 else proofs[targets[0].name]


@task(
    positional=["path"],
    help={
        "path": "The receipt, or what it lies beside",
        "on": f"Where the receipt lies, if not here. {_ON}",
        "json": "Print the result as JSON",
    },
)
def receipt(c: Context, path: str, on: str = "", json: bool = False) -> Any:
    """Check a receipt again: is everything still as it was received?"""
    from ssh_transport.manifest import recheck_here, recheck_there

    if on or isinstance(c, Connection):
        targets = boxes(c, on)
        found = by_name(targets, fleet.each(targets, lambda box: recheck_there(box, path), as_json=json))
    else:
        found = {"": recheck_here(path)}
        report.result(found[""], as_json=json)
    insist({name: recheck for name, recheck in found.items() if not recheck.holds})
    return found if len(found) > 1 else next(iter(found.values()))


def prove(c: Context, box: Box, request: Any, *, keep: bool) -> Proof:
    """Prove a copy with the patience of the settings, and show how far it is."""
    from ssh_transport.manifest import prove as prove_copy
    from ssh_transport.progress import meter
    from ssh_transport.transfer import Patience

    settings = TransferSettings.of(c)
    with meter(box.name) as show:
        return prove_copy(box, request, Patience(settings.attempts, settings.give_up_after_s), show, keep=keep)


def by_name(targets: list[Box], outcome: Any) -> dict[str, Any]:
    """Return what `fleet.each` returned by the name of the box, for one box too."""
    return outcome if len(targets) > 1 else {targets[0].name: outcome}


def insist(failed: dict[str, Any]) -> None:
    """
    End with an error if there is anything in `failed`; what it is was printed.

    :raises Different: one comparison found a difference.
    :raises SeveralFailed: several did.
    """
    if len(failed) > 1:
        raise SeveralFailed(dict.fromkeys(failed, Different.exit_code))
    for name, found in failed.items():
        hint = "copy again; of what has the same size and time, remove the copy first: it is not sent again"
        raise Different("both ends were compared and differ", box=name, cause=found.comparison.counts, hint=hint)
