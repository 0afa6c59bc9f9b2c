"""The REFERENCE says what the code does."""

from __future__ import annotations

from docs.tables import REFERENCE, current


def test_the_generated_tables_are_current() -> None:
    """Tasks, settings and exit codes."""
    text = REFERENCE.read_text(encoding="utf-8")

    assert "| `transfer.pull` |" in text
    assert current(text) == text
