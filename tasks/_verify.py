"""The tasks `transfer.verify` and `transfer.receipt`: compare both ends of a copy, or check a receipt again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport import fleet
from ssh_transport.box import boxes, share
from ssh_transport.errors import Different, SeveralFailed, TaskError
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import HELP, HTML, JSON, ON, excluded, place, say_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.manifest import Verification
    from ssh_transport.transfer import Request, Transfer


@task(
    only_reads=True,
    iterable=["exclude", "exclude_from"],
    help={
        "path": "What was pulled; a trailing slash means its contents",
        "to": "Where it was pulled to, as for transfer.pull (default: ./ALIAS/)",
        "on": ON,
        "exclude": "Leave out what matches, as rsync's --exclude; may be given several times",
        "exclude_from": HELP["exclude_from"],
        "copy_links": "Compare what symlinks on the box point to",
        "streams": "Connections, which heal, that the box answers over: auto or a number (default: transfer.streams)",
        "json": JSON,
    },
)
def verify(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    exclude: Iterable[str] | None = None,
    exclude_from: Iterable[str] | None = None,
    copy_links: bool = False,
    streams: str = "",
    json: bool = False,
) -> Any:
    """Hash both ends of a pull at once, and list every difference."""
    from ssh_transport.transfer import Options, pull_request

    options = Options(exclude=excluded(exclude, exclude_from), copy_links=copy_links, streams=streams)
    on, path = place(c, on, path)
    targets = boxes(c, on)
    act = lambda box: compare(c, pull_request(box, path, to, options), keep=False, exact=True)  # noqa: E731 - one line
    verifications = by_name(targets, fleet.each(targets, act, as_json=json))
    raise_if_any(
        {
            name: differs(name, found.comparison.counts)
            for name, found in verifications.items()
            if not found.comparison.identical
        }
    )
    return verifications if len(targets) > 1 else verifications[targets[0].name]


@task(
    only_reads=True,
    positional=["path"],
    help={
        "path": "A receipt; or the file or directory that receipts are beside or below, then the newest of each source",
        "on": f"The boxes with the receipts, if they are not here. {ON}",
        "html": HTML,
        "json": JSON,
    },
)
def receipt(c: Context, path: str, on: str = "", html: str = "", json: bool = False) -> Any:
    """Check receipts again: is everything still as it was received?"""
    from ssh_transport import page
    from ssh_transport.manifest import recheck_here, recheck_there

    written_to = page.place(html)
    if on or isinstance(c, Connection):
        targets = boxes(c, on)
        found = by_name(targets, fleet.each(targets, lambda box: recheck_there(box, path), as_json=json))
    else:
        found = {"": recheck_here(path)}
        report.result(found[""], as_json=json)
    if written_to:
        page.write(written_to, page.receipts_page(found))
    say_html(html, as_json=json)
    raise_if_any({name: differs(name, rechecks.counts) for name, rechecks in found.items() if not rechecks.holds})
    return found if len(found) > 1 else next(iter(found.values()))


def compare(
    c: Context, request: Request, *, keep: bool, exact: bool = False, done: Transfer | None = None
) -> Verification:
    """Compare both ends of a copy, with the retries of the settings and a progress display; `done` for the receipt."""
    from ssh_transport import manifest
    from ssh_transport.terminal.meter import meter
    from ssh_transport.transfer import Patience

    settings = TransferSettings.of(c)
    with meter(request.box.name) as show:
        patience = Patience(settings.attempts, settings.give_up_after_s)
        pace, via = (done.pace, done.via) if done else ((), None)
        # What goes from here to boxes side by side is hashed once.
        held = share.kept(manifest.Held) if request.source.is_here else None
        return manifest.verify(request, patience, show, keep=keep, exact=exact, pace=pace, via=via, held=held)


def by_name(targets: list[Box], outcome: Any) -> dict[str, Any]:
    """Return the result of `fleet.each` as a dict by box name, also for one box."""
    return outcome if len(targets) > 1 else {targets[0].name: outcome}


def differs(name: str, counts: str, hint: str = "") -> Different:
    """Return the error for a comparison, which was printed, that found a difference."""
    again = "copy again; a file with the same size and time is not sent again, so remove its copy first"
    return Different("both ends were compared and differ", box=name, cause=counts, hint=hint or again)


def raise_if_any(failed: dict[str, TaskError]) -> None:
    """
    Raise what is wrong with results that were printed before.

    :raises SeveralFailed: if that is the case for several boxes.
    """
    if len(failed) > 1:
        raise SeveralFailed(failed)
    for error in failed.values():
        raise error


def fault_of(name: str, verification: Verification | None, hint: str = "") -> TaskError | None:
    """Return what is wrong after a copy: something did not arrive, or there is no receipt."""
    if verification is None:
        return None
    if not verification.comparison.arrived:
        return differs(name, verification.comparison.counts, hint)
    return verification.unwritten.error if verification.unwritten else None
