"""
Our lint rules over scripts that are known to be good: what they find there is a false alarm, or news to its authors.

``python -m benchmarks.lint_corpus DIR...`` prints scripts, seconds, findings by rule, and each finding that is not
about the contract. shellcheck is left out: its findings are its own.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from ssh_transport.lint.rules import RULES
from ssh_transport.lint.run import Selection

if TYPE_CHECKING:
    from ssh_transport.lint.finding import Finding
from ssh_transport.lint.run import lint


def main() -> None:
    """Look at every directory that is named."""
    begun = time.monotonic()
    reports = [lint(path, Selection(ignore=("SC",))) for path in sys.argv[1:]]
    seconds = time.monotonic() - begun
    found = [finding for report in reports for finding in report.findings]
    scripts = sum(report.scripts for report in reports)
    over = [script for report in reports for script in report.passed_over]
    print(f"{scripts:,} scripts in {seconds:.1f} s, {len(over)} skipped")
    by_rule = Counter(finding.id for finding in found)
    for rule in RULES:
        print(f"{rule.id} {by_rule[rule.id]:6,}  {rule.subject}")
    for finding in found:
        if not finding.id.startswith("ST0"):
            print(_line(finding))
    for script in over:
        print(f"skipped {script.file}: {script.reason}")


def _line(finding: Finding) -> str:
    return str(finding).partition("\n")[0]


if __name__ == "__main__":
    main()
