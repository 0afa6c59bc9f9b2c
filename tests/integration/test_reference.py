"""The tables of our pages say what the code does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.tables import COMMAND_LINE, LINT, REFERENCE, current

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("page", "row"),
    [(REFERENCE, "| `transfer.pull` |"), (COMMAND_LINE, "| `--jobs=N` |"), (LINT, "| ST101 |")],
    ids=lambda one: getattr(one, "name", ""),
)
def test_the_generated_tables_are_current(page: Path, row: str) -> None:
    """Tasks, settings and exit codes; flags of the whole line; rules."""
    text = page.read_text(encoding="utf-8")

    assert row in text
    assert current(text) == text
