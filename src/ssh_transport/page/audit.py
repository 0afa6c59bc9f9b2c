"""The page of `hygiene.audit`: what was found on each machine, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .render import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.audit import Finding
    from ssh_transport.errors import TaskError


def audit_page(found: Mapping[str, Sequence[Finding]], failures: Mapping[str, TaskError]) -> str:
    """
    Return the page.

    :param found: the findings of each machine that was looked at, also where there are none.
    :param failures: why others could not be looked at.
    """
    return render("audit", machines=found, failures=failures)
