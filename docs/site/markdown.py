"""The few shapes of Markdown that the pages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell is text."""
    cells = [head, ("---",) * len(head), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def cell(text: str) -> str:
    """Return a text as it may stand in a cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a word as code; empty stays empty."""
    return f"`{text}`" if text else ""


def contents(pages: Iterable[str], caption: str = "", *, is_hidden: bool = False) -> str:
    """Return a table of contents: names of pages from the one that it stands on."""
    options = ":maxdepth: 1\n" + (f":caption: {caption}\n" if caption else "") + (":hidden:\n" if is_hidden else "")
    return "```{toctree}\n" + options + "\n" + "\n".join(pages) + "\n```\n"


def console(*lines: str) -> str:
    """Return what is typed."""
    return "```console\n" + "".join(f"$ {line}\n" for line in lines) + "```\n"
