"""The pages that are a table: of `config.verify`, and of `hygiene.audit` for each machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .render import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.audit import Finding
    from ssh_transport.errors import TaskError
    from ssh_transport.fleet.verify import Row


def audit_page(found: Mapping[str, Sequence[Finding]], failures: Mapping[str, TaskError]) -> str:
    """
    Return the page.

    :param found: the findings of each machine that was looked at, also where there are none.
    :param failures: why others could not be looked at.
    """
    return render("audit", machines=found, failures=failures)


def boxes_page(rows: Sequence[Row], told: Sequence[str] = ()) -> str:
    """Return the page, with what is told of all rows."""
    return render("boxes", rows=rows, told=told, failed=sum(bool(row.error) for row in rows))
