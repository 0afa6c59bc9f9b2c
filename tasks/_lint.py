"""A look at scripts: the task `hygiene.lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import report
from ssh_transport.boundary import task
from ssh_transport.errors import Findings
from ssh_transport.text import count, one_line

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.lint.finding import Report


@task(
    help={
        "path": "Script or directory; in a git work tree what git ignores is left out (default: .)",
        "select": "Only these rules, by the beginnings of their ids: ST1,SC2086 (see docs/lint.md)",
        "ignore": "Not these rules: ST0 are those of the contract, SC is all of shellcheck",
        "json": "Print the result as JSON",
    }
)
def lint(c: Context, path: str = ".", select: str = "", ignore: str = "", json: bool = False) -> Report:  # noqa: ARG001 - Invoke hands it over
    """Look for the traps of transport in shell scripts; shellcheck too."""
    from ssh_transport.lint.chosen import chosen
    from ssh_transport.lint.run import look

    found = look(path, chosen(select, ignore))
    for script in found.passed_over:
        report.say(f"warning: passed over {one_line(script.file)}: {script.reason}")
    report.result(found, as_json=json)
    if found.findings:
        files = count(len({finding.file for finding in found.findings}), "script")
        raise Findings(f"{count(len(found.findings), 'finding')} in {files}", hint="what each rule is: docs/lint.md")
    return found
