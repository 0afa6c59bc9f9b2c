"""A site with a link that leads nowhere is no site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.site.check import faults, read

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = {
    "index.html": '<a href="a/b.html#x">b</a><img src="a/p.svg"><form action="search.html"></form><a href="https://x/">x</a>',
    "search.html": '<a href="">here</a>',
    "a/b.html": '<p id="x"></p><a href="../index.html#">up</a><a href="c.html">c</a><a href="mailto:a@b">m</a>',
    "a/c.html": '<a href="b.html">b</a>',
}


def made(place: Path, changed: dict[str, str]) -> Path:
    (place / "a").mkdir()
    (place / "a" / "p.svg").touch()
    for name, text in {**WHOLE, **changed}.items():
        (place / name).write_text(text)
    return place


def test_a_whole_site_has_no_fault(tmp_path: Path) -> None:
    site = made(tmp_path, {})

    assert list(faults(site)) == []
    assert len(read(site)) == 4


@pytest.mark.parametrize(
    ("page", "text", "fault"),
    [
        ("a/c.html", '<a href="d.html">d</a>', "a/c.html leads to d.html, which is not there"),
        ("a/c.html", '<a href="b.html#y">y</a>', "a/c.html leads to b.html#y, which is not there"),
        ("a/c.html", '<img src="q.svg">', "a/c.html leads to q.svg, which is not there"),
        ("a/c.html", '<script src="https://x/y.js"></script>', "a/c.html fetches https://x/y.js"),
        ("a/e.html", "", "a/e.html is more than 3 clicks away from index.html"),
    ],
)
def test_each_fault_is_named(page: str, text: str, fault: str, tmp_path: Path) -> None:
    assert list(faults(made(tmp_path, {page: text}))) == [fault]
