"""The manual page says what the tasks are, and is a page."""

from __future__ import annotations

import re

from docs.man import PAGE, page
from tasks import ns

MACROS = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".BR", ".br", ".nf", ".fi"}


def test_the_page_is_current() -> None:
    """`python -m docs.man` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_task_is_in_it_with_an_example() -> None:
    """As `ssh-transport` is typed."""
    text = page().replace("\\-", "-")
    for space in ns.collections.values():
        for task in space.tasks.values():
            assert re.search(rf"^\.SS {re.escape(task.full_name)}$", text, re.MULTILINE)
            assert re.search(rf"^    ssh-transport (?:-H \S+ )?{re.escape(task.full_name)}\b", text, re.MULTILINE)


def test_no_text_is_taken_for_a_request() -> None:
    """A line that begins with a dot or a quote is one of man(7)."""
    requests = {line.split()[0] for line in page().splitlines()[1:] if line.startswith((".", "'"))}

    assert requests <= MACROS
