"""Lints every script below a path, and selects the findings that are wanted."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError

from . import own, shellcheck
from .finding import Finding, Report, Skipped
from .rules import RULES
from .scripts import scripts
from .syntax import ParseTimeout

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADVICE = frozenset(rule.id for rule in RULES if rule.is_advice)
_SHELLCHECK = re.compile(r"SC\d{0,4}")


@dataclass(frozen=True)
class Selection:
    """
    Beginnings of ids; without `select` all are selected. `ignore` has precedence.

    Advice is selected only by a word that means it alone or with its like: ``ST0``, ``ST002``.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __contains__(self, rule_id: str) -> bool:
        words = tuple(word for word in self.select if len(word) > len("ST")) if rule_id in _ADVICE else self.select
        is_selected = rule_id.startswith(words) if words or rule_id in _ADVICE else True
        return is_selected and not (self.ignore and rule_id.startswith(self.ignore))

    @property
    def shellcheck(self) -> bool:
        """Whether any finding of shellcheck is selected."""
        selected = not self.select or any(word.startswith("SC"[: len(word)]) for word in self.select)
        return selected and not {"S", "SC"} & set(self.ignore)


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


def parse_selection(select: str, ignore: str) -> Selection:
    """
    Parse ``ST1,SC2086``.

    :raises UsageError: no rule's id begins with it.
    """
    return Selection(_ids(select), _ids(ignore))


def _ids(words: str) -> tuple[str, ...]:
    ids = tuple(word.upper() for word in words.replace(",", " ").split())
    for word in ids:
        if not _SHELLCHECK.fullmatch(word) and not any(rule.id.startswith(word) for rule in RULES):
            known = ", ".join(rule.id for rule in RULES)
            raise UsageError(f"no rule is called `{word}`", hint=f"known: {known}, and shellcheck's SC1000 to SC4000")
    return ids
