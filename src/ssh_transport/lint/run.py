"""Lints every script below a path."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from . import own, shellcheck
from .finding import Finding, Report, Skipped
from .scripts import scripts
from .syntax import ParseTimeout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .selection import Selection


def lint(path: str, selection: Selection) -> Report:
    """
    Lint the scripts below `path`, or that file.

    :raises NoSuchPath: the path does not exist.
    :raises ToolMissing: shellcheck is selected and not installed.
    """
    program = shellcheck.program() if selection.shellcheck else ""
    read = list[tuple[str, bytes]]()
    skipped = list[Skipped]()
    for script in scripts(path):
        skipped.append(script) if isinstance(script, Skipped) else read.append(script)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(_by_shellcheck, program, *script) for script in read] if program else []
        results = [*(_by_our_rules(*script) for script in read), *(future.result() for future in futures)]
    found = _flat(result for result in results if not isinstance(result, Skipped))
    skipped += [result for result in results if isinstance(result, Skipped)]
    selected = tuple(sorted(finding for finding in found if finding.id in selection))
    return Report(len(read), selected, tuple(sorted(skipped, key=str)))


def _by_our_rules(name: str, data: bytes) -> list[Finding] | Skipped:
    try:
        return own.findings(name, data)
    except ParseTimeout:
        return Skipped(name, "parsing it took too long")


def _by_shellcheck(program: str, name: str, data: bytes) -> list[Finding] | Skipped:
    try:
        return shellcheck.findings(program, name, data)
    except shellcheck.NoAnswer as exc:
        return Skipped(name, str(exc))


def _flat(lists: Iterable[list[Finding]]) -> list[Finding]:
    return [finding for findings in lists for finding in findings]
