"""What the linter says of one place in a script."""

from __future__ import annotations

from dataclasses import dataclass

from ssh_transport.text import count, one_line


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `line` and `column` count from 1, columns in characters; `fix` is empty where shellcheck has none."""

    file: str
    line: int
    column: int
    id: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        said = f"{one_line(self.file)}:{self.line}:{self.column}: {self.id} {one_line(self.message)}"
        return f"{said}\n  fix: {one_line(self.fix)}" if self.fix else said


@dataclass(frozen=True)
class PassedOver:
    """A script that was not looked at, or not by everything, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Report:
    """What a look at scripts found."""

    scripts: int
    findings: tuple[Finding, ...]
    passed_over: tuple[PassedOver, ...]

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings]
        return "\n".join([*lines, f"{count(self.scripts, 'script')}, {count(len(self.findings), 'finding')}"])
