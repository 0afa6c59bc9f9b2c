"""Runs our own rules on one script, and applies its `noqa` comments."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING

from ssh_transport.errors.commands import as_typed

from .finding import Finding
from .rules import RULES
from .rules.contract import is_about_file
from .script import script_of
from .syntax import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rule import Hit, Rule
    from .script import Script

# A `noqa` without ids disables all of our rules, as with Python's linters.
_NOQA = re.compile(r"#\s*noqa\b(?::\s*(\w+(?:[,\s]+\w+)*))?", re.IGNORECASE)
_STATEMENTS = frozenset({"command", "pipeline", "list", "redirected_statement", "declaration_command"})


def findings(name: str, data: bytes) -> list[Finding]:
    """
    Return the findings of our rules in a script, sorted by line.

    :param name: the name of the file in the findings.
    :param data: its content, without NUL bytes.
    :raises ParseTimeout: it took too long.
    """
    script = script_of(Source.of_file(data))
    lines = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    silenced = list(_silenced(script, lines))
    found = set[Finding]()
    for inner in script.with_inner():
        script.check_time()
        for rule in RULES:
            for hit in rule.check(inner):
                line = bisect.bisect_right(lines, hit.offset)
                if not any(_covers(words, rule, line) for words in silenced):
                    found.add(_finding(name, data, lines, line, rule, hit))
    return sorted(found)


def _finding(name: str, data: bytes, lines: list[int], line: int, rule: Rule, hit: Hit) -> Finding:  # noqa: PLR0913, PLR0917 - all that a finding is made of
    column = len(data[lines[line - 1] : hit.offset].decode("utf-8", "replace")) + 1
    return Finding(name, line, column, rule.id, hit.message, as_typed(rule.fix))


def _silenced(script: Script, lines: list[int]) -> Iterator[tuple[frozenset[str], range | None]]:
    """Yield the ids of each `noqa` (empty: all) and its lines; None instead of lines: rules about the whole file."""
    starts = dict[int, int]()
    for at in script.nodes:
        if at.kind in _STATEMENTS:
            # A comment can't be inside a statement of several lines, so it applies to all of its lines.
            last = bisect.bisect_right(lines, at.node.end_byte - 1)
            starts[last] = min(starts.get(last, last), bisect.bisect_right(lines, at.node.start_byte))
    for at in script.nodes:
        match = _NOQA.search(at.text.decode("utf-8", "replace")) if at.kind == "comment" else None
        if match:
            ids = frozenset((match[1] or "").upper().replace(",", " ").split())
            line = bisect.bisect_right(lines, at.file_offset)
            yield ids, None if is_about_file(at) else range(starts.get(line, line), line + 1)


def _covers(words: tuple[frozenset[str], range | None], rule: Rule, line: int) -> bool:
    ids, where = words
    return (not ids or rule.id in ids) and (rule.is_contract if where is None else line in where)
