"""The task `hygiene.lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors import Findings
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task
from ssh_transport.text import count, one_line

from ._how import JSON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.lint.finding import Report


@task(
    only_reads=True,
    help={
        "path": "Script or directory; in a git work tree what git ignores is left out (default: .)",
        "select": "Only these rules, by the beginnings of their ids: ST1,SC2086 (see docs/lint.md)",
        "ignore": "Not these rules: ST0 are those of the contract, SC is all of shellcheck",
        "json": JSON,
    },
)
def lint(c: Context, path: str = ".", select: str = "", ignore: str = "", json: bool = False) -> Report:  # noqa: ARG001 - Invoke hands it over
    """Find transport problems in shell scripts; runs shellcheck, too."""
    from ssh_transport.lint.run import lint, parse_selection

    outcome = lint(path, parse_selection(select, ignore))
    for script in outcome.passed_over:
        report.say(f"warning: skipped {one_line(script.file)}: {script.reason}")
    report.result(outcome, as_json=json)
    if outcome.findings:
        files = count(len({finding.file for finding in outcome.findings}), "script")
        raise Findings(f"{count(len(outcome.findings), 'finding')} in {files}", hint="the rules are in docs/lint.md")
    return outcome
