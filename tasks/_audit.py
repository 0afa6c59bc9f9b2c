"""The task `hygiene.audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import NoTarget, SeveralFailed, Unhealthy
from ssh_transport.openssh.resolution import SshFiles
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task
from ssh_transport.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke import Context

    from ssh_transport.audit import Finding
    from ssh_transport.box import Box
    from ssh_transport.errors import TaskError


@task(
    help={
        "on": "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H); without one, only this machine",
        "here": "Only this machine, whatever boxes are set",
        "reach": "Also try to log in to the boxes of all aliases, to find those that are gone",
        "json": "Print the result as JSON",
    }
)
def audit(c: Context, on: str = "", here: bool = False, reach: bool = False, json: bool = False) -> list[Finding]:
    """Find keys, tokens and logins that should not be there; changes nothing."""
    from ssh_transport.audit import examine_box, examine_here

    targets = [] if here else _targets(c, on)
    found = _printed("here", [*examine_here(SshFiles.of(c)), *(_unreachable(c) if reach else [])], json=json)
    _, failures = fleet.try_each(targets, lambda box: found.extend(_printed(box.name, examine_box(box), json=json)))
    if json:
        report.result(found, as_json=True)
    _raise_worst(found, failures)
    return found


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

    names = [row.alias for row in our_aliases(SshFiles.of(c))]
    return unreachable(boxes(c, ",".join(names))) if names else []


def _printed(where: str, findings: Sequence[Finding], *, json: bool) -> list[Finding]:
    if not json:
        failures = sum(finding.severity == "failure" for finding in findings)
        counts = f"{count(failures, 'failure')}, {count(len(findings) - failures, 'warning')}" if findings else "clean"
        lines = (f"  {finding}".replace("\n", "\n  ") for finding in findings)
        report.result("\n".join([f"{where}: {counts}", *lines]))
    return list(findings)


def _raise_worst(found: Sequence[Finding], failures: Mapping[str, TaskError]) -> None:
    """Raise the error with the highest code: a box that could not be audited, or a failure that was found."""
    wrong = {finding.where: Unhealthy.exit_code for finding in found if finding.severity == "failure"}
    codes = {name: error.exit_code for name, error in failures.items()}
    if codes and max(codes.values()) > Unhealthy.exit_code * bool(wrong):
        raise next(iter(failures.values())) if len(failures) == 1 else SeveralFailed(codes)
    if wrong:
        raise Unhealthy(f"the audit found failures: {', '.join(wrong)}", hint="run the commands after `fix:`")
