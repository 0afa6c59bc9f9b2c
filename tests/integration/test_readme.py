"""The README says what the code does."""

from __future__ import annotations

from pathlib import Path

from docs.tables import README, current

CHECKOUT = Path(__file__).parents[2]


def test_the_generated_tables_are_current() -> None:
    """Tasks, settings and exit codes."""
    text = README.read_text(encoding="utf-8")

    assert "| `transfer.pull` |" in text
    assert current(text) == text


def test_the_named_files_exist() -> None:
    """Every relative link leads somewhere."""
    text = README.read_text(encoding="utf-8")
    links = [part.split(")")[0] for part in text.split("](")[1:]]

    assert [link for link in links if "://" not in link and not (CHECKOUT / link.split("#")[0]).exists()] == []
