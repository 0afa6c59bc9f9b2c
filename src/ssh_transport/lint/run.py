"""A look at every script below a path."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from . import own, shellcheck
from .finding import Finding, PassedOver, Report
from .scripts import scripts
from .syntax import TooHard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .chosen import Chosen


def look(path: str, wanted: Chosen) -> Report:
    """
    Look at the scripts below `path`, or at that file.

    :raises NoSuchPath: there is nothing.
    :raises ToolMissing: shellcheck is wanted and not installed.
    """
    program = shellcheck.program() if wanted.shellcheck else ""
    read = list[tuple[str, bytes]]()
    over = list[PassedOver]()
    for script in scripts(path):
        over.append(script) if isinstance(script, PassedOver) else read.append(script)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        theirs = [pool.submit(_theirs, program, *script) for script in read] if program else []
        answers = [*(_ours(*script) for script in read), *(future.result() for future in theirs)]
    found = _flat(answer for answer in answers if not isinstance(answer, PassedOver))
    over += [answer for answer in answers if isinstance(answer, PassedOver)]
    return Report(len(read), tuple(sorted(one for one in found if one.id in wanted)), tuple(sorted(over, key=str)))


def _ours(name: str, data: bytes) -> list[Finding] | PassedOver:
    try:
        return own.findings(name, data)
    except TooHard:
        return PassedOver(name, "it is too hard to parse")


def _theirs(program: str, name: str, data: bytes) -> list[Finding] | PassedOver:
    try:
        return shellcheck.findings(program, name, data)
    except shellcheck.NoAnswer as exc:
        return PassedOver(name, str(exc))


def _flat(lists: Iterable[list[Finding]]) -> list[Finding]:
    return [finding for found in lists for finding in found]
