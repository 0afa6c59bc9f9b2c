"""The findings of the linter."""

from __future__ import annotations

from dataclasses import dataclass

from ssh_transport.text import count, one_line


@dataclass(frozen=True, order=True)
class Finding:
    """One finding. `line` and `column` count from 1, columns in characters; shellcheck's findings have no `fix`."""

    file: str
    line: int
    column: int
    id: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        text = f"{one_line(self.file)}:{self.line}:{self.column}: {self.id} {one_line(self.message)}"
        return f"{text}\n  fix: {one_line(self.fix)}" if self.fix else text


@dataclass(frozen=True)
class Skipped:
    """A script that was not linted, or not by both linters, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Report:
    """
    The result of linting.

    :ivar scripts: how many were looked at.
    :ivar findings: what was found, with file, line and column from 1 on.
    :ivar passed_over: what was not looked at, and why.

    >>> hygiene.lint(c, path="mine").scripts
    0
    """

    scripts: int
    findings: tuple[Finding, ...]
    passed_over: tuple[Skipped, ...]

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings]
        return "\n".join([*lines, f"{count(self.scripts, 'script')}, {count(len(self.findings), 'finding')}"])
