"""The tasks `hygiene.crlf` and `hygiene.gitattributes`: line ends of shell scripts."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import Findings, Incomplete, UsageError
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task
from ssh_transport.text import count

from ._how import JSON
from ._verify import raise_if_any

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.errors import TaskError
    from ssh_transport.line_ends.ensure import Attributes
    from ssh_transport.line_ends.findings import Report


@task(
    help={
        "path": "Directory or file; with a box the directory there, which must be named (default here: .)",
        "on": "Boxes, if the scripts are there: aliases, globs or user@host:port, comma-separated (as fab's -H)",
        "fix": "Rewrite them with LF, mode and times kept; without it nothing changes",
        "json": JSON,
    }
)
def crlf(c: Context, path: str = "", on: str = "", fix: bool = False, json: bool = False) -> Any:
    """Find shell scripts with Windows line ends or a BOM; --fix rewrites them."""
    from ssh_transport.line_ends.here import scan_here
    from ssh_transport.line_ends.there import scan_there

    if not (on or isinstance(c, Connection)):
        found = scan_here(path or ".", fix=fix)
        report.result(found, as_json=json)
        _raise_if_any({"": found}, fix=fix)
        return found
    if not path:
        raise UsageError("no directory of the box was named", hint="name one: --path=work, or all of home: --path=~")
    targets = boxes(c, on)
    outcome = fleet.each(targets, lambda box: scan_there(box, path, fix=fix), as_json=json)
    _raise_if_any(outcome if len(targets) > 1 else {targets[0].name: outcome}, fix=fix)
    return outcome


@task(
    help={
        "path": "A directory in the git work tree",
        "dry_run": "Say what would be added; write nothing",
        "json": JSON,
    }
)
def gitattributes(
    c: Context,  # noqa: ARG001 - Invoke hands it over
    path: str = ".",
    dry_run: bool = False,
    json: bool = False,
) -> Attributes:
    """Make git keep shell scripts at LF, by lines in .gitattributes."""
    from ssh_transport.line_ends.ensure import ensure_attributes

    ensured = ensure_attributes(path, dry_run=dry_run)
    report.result(ensured, as_json=json)
    if ensured.undone and not dry_run:
        cause = "other attributes override the lines in .gitattributes"
        hint = f"see which: git check-attr -a {shlex.quote(ensured.undone[0])}"
        raise Findings(f"git does not give {count(len(ensured.undone), 'shell script')} LF", cause=cause, hint=hint)
    return ensured


def _raise_if_any(reports: dict[str, Report], *, fix: bool) -> None:
    """Raise an error if scripts remain to be fixed, or could not be read; they were printed before."""
    errors = {name: error for name, found in reports.items() if (error := _error(name, found, fix=fix))}
    raise_if_any(errors)


def _error(box: str, found: Report, *, fix: bool) -> TaskError | None:
    if found.remaining:
        command = f"ssh-transport -H {shlex.quote(box)}" if box else "ssh-transport"
        fix_them = f"fix them: {command} hygiene.crlf --path={shlex.quote(found.path)} --fix"
        hint = "the reason follows each name" if fix else fix_them
        scripts = count(len(found.remaining), "shell script")
        return Findings(f"{scripts} with line ends that no shell can read", box=box, hint=hint)
    if found.unread:
        hint = "the reason follows each name; run it as a user who may read them"
        return Incomplete("not everything could be read", box=box, hint=hint)
    return None
