"""The task `hygiene.audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import NoTarget, Unhealthy
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task
from ssh_transport.text import count

from ._how import HTML, JSON, say_html, ssh_files
from ._verify import raise_if_any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke import Context

    from ssh_transport.audit import Finding
    from ssh_transport.box import Box
    from ssh_transport.errors import TaskError


@task(
    only_reads=True,
    help={
        "on": "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H); without one, only this machine",
        "here": "Only this machine, whatever boxes are set",
        "reach": "Also try to log in to the boxes of all aliases, to find those that are gone",
        "html": HTML,
        "json": JSON,
    },
)
def audit(
    c: Context, on: str = "", here: bool = False, reach: bool = False, html: str = "", json: bool = False
) -> list[Finding]:
    """Find keys, tokens and logins that should not be there; changes nothing."""
    from ssh_transport import page
    from ssh_transport.audit import examine_box, examine_here

    place = page.place(html)
    targets = [] if here else _targets(c, on)
    found = {"here": _printed("here", [*examine_here(ssh_files(c)), *(_unreachable(c) if reach else [])], json=json)}
    report.result(found["here"], as_json=True)
    there, failures = fleet.try_each(targets, lambda box: _printed(box.name, examine_box(box), json=json))
    found |= there
    if place:
        page.write(place, page.audit_page(found, failures))
    say_html(html, as_json=json)
    _raise_worst(found, failures)
    return [finding for findings in found.values() for finding in findings]


def _targets(c: Context, on: str) -> list[Box]:
    try:
        return boxes(c, on)
    except NoTarget:
        if on:
            raise
        return []


def _unreachable(c: Context) -> list[Finding]:
    from ssh_transport.audit import unreachable
    from ssh_transport.facts.alias import our_aliases

    names = [row.alias for row in our_aliases(ssh_files(c))]
    return unreachable(boxes(c, ",".join(names))) if names else []


def _printed(where: str, findings: Sequence[Finding], *, json: bool) -> list[Finding]:
    if not json:
        failures = sum(finding.severity == "failure" for finding in findings)
        counts = f"{count(failures, 'failure')}, {count(len(findings) - failures, 'warning')}" if findings else "clean"
        lines = (f"  {finding}".replace("\n", "\n  ") for finding in findings)
        report.result("\n".join([f"{where}: {counts}", *lines]))
    return list(findings)


def _raise_worst(found: Mapping[str, Sequence[Finding]], failures: Mapping[str, TaskError]) -> None:
    """Raise an error for what could not be audited, and where a failure was found."""
    hint = "run the commands after `fix:`"
    wrong: dict[str, TaskError] = {
        name: Unhealthy(f"the audit found failures: {name}", hint=hint)
        for name, findings in found.items()
        if any(finding.severity == "failure" for finding in findings)
    }
    raise_if_any(wrong | dict(failures))
