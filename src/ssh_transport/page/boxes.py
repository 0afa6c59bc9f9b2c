"""The page of `config.verify`: all boxes in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.fleet.verify import Row


def boxes_page(rows: Sequence[Row], told: Sequence[str] = ()) -> str:
    """Return the page, with what is told of all rows."""
    return render("boxes", rows=rows, told=told, failed=sum(bool(row.error) for row in rows))
