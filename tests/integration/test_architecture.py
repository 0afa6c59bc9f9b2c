"""docs/architecture.md and its picture say what the import contract says, and the pages name what there is."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from docs import house
from docs.site import pages

if TYPE_CHECKING:
    from pathlib import Path

DOCS = house.CHECKOUT / "docs"
PAGES = [
    *DOCS.glob("*.md"),
    *DOCS.glob("how-to/*.md"),
    *(house.CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md")),
]
_ROOM = re.compile(
    r"^- \*\*`(\w+)`\*\*.*?May\s+know\s+(?:no\s+other|from\s+`(\w+)`\s+down)\.$", re.DOTALL | re.MULTILINE
)


def test_the_picture_is_current() -> None:
    """It is made from the contract and the docstrings of the rooms."""
    assert house.PICTURE.read_text(encoding="utf-8") == house.picture()


def test_a_text_that_is_wider_than_its_box_is_no_picture() -> None:
    """Lines are broken between words, and a word that fits nowhere is said."""
    assert house.wrapped("as many words as it takes", 90) == ["as many", "words as it", "takes"]
    with pytest.raises(ValueError, match="wider than its box"):
        house.wrapped("a" * 20, 90)


def test_every_room_has_its_paragraph_and_says_which_rooms_it_may_know() -> None:
    """Each names the floor below its own."""
    text = (house.CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    floors = house.plan().floors
    below = {room: next_floor[0] for floor, next_floor in pairwise(floors) for room in floor}

    assert dict(_ROOM.findall(text)) == {room: below.get(room, "") for floor in floors for room in floor}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_modules_that_a_page_names_exist(page: Path) -> None:
    """Those that are named with their room: from the checkout, or from the package."""
    named = re.findall(r"`([\w./]+/[\w.]*)`", page.read_text(encoding="utf-8"))
    modules = [name for name in named if name.endswith(".py")]
    places = (house.CHECKOUT, house.CHECKOUT / "src" / "ssh_transport")

    assert [name for name in modules if not any((place / name).is_file() for place in places)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    """In a checkout: to files that are committed, and to headings that they have."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    file = page.parent / name if name else page
    if file.resolve().is_relative_to(DOCS) and file.resolve().relative_to(DOCS).parts[0] in pages.FOLDERS:
        return False
    return file.exists() and (not anchor or anchor in _anchors(file.read_text(encoding="utf-8")))


def _anchors(text: str) -> set[str]:
    """Return what GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
