"""All pages that are made from the code, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import platform_pages, problem_pages, task_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = ("tasks", "platforms", "problems")


def made() -> dict[str, str]:
    """Return the text of every page by its path below the source directory."""
    return {**task_pages.made(), **platform_pages.made(), **problem_pages.made()}


def write(source: Path) -> None:
    """Write the pages, where they are not as they should be; remove those that are made no more."""
    wanted = made()
    for path in _there(source):
        if path.relative_to(source).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = source / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _there(source: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (source / folder).glob("*.md")
