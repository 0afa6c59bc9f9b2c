"""
Checks a site as a browser gets it: `python -m docs.site.check build/docs`.

Every link and anchor leads somewhere, no page fetches anything from elsewhere, and every page is a few clicks away.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

from ssh_transport.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = "index.html"
CLICKS = 3
_FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("source", "src"),
    ("iframe", "src"),
    ("object", "data"),
}
_LED = {("a", "href"), ("form", "action")}
_FAR = {"http", "https"}


@dataclass
class Page(HTMLParser):
    """
    One page.

    :ivar links: what it leads to, as it is written.
    :ivar fetched: what a browser loads with it.
    :ivar anchors: the places in it that can be led to.
    """

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what leads somewhere, and what can be led to."""
        for name, value in attrs:
            if value is None:
                continue
            if name in {"id", "name"}:
                self.anchors.add(value)
            elif (tag, name) in _FETCHED:
                self.fetched.append(value)
            elif (tag, name) in _LED:
                self.links.append(value)


def read(site: Path) -> dict[str, Page]:
    """Return every page by its path below the site."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        page = pages[path.relative_to(site).as_posix()] = Page()
        page.feed(path.read_text(encoding="utf-8"))
    return pages


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong, a sentence each."""
    pages = read(site)
    for name, page in pages.items():
        for link in (*page.links, *page.fetched):
            if urlsplit(link).scheme in _FAR:
                if link in page.fetched:
                    yield f"{name} fetches {link}"
            elif (said := _where(site, pages, name, link)) and not said[1]:
                yield f"{name} leads to {link}, which is not there"
    clicks = distances(pages)
    for name in pages:
        if clicks.get(name, CLICKS + 1) > CLICKS:
            yield f"{name} is more than {CLICKS} clicks away from {FIRST}"


def distances(pages: dict[str, Page]) -> dict[str, int]:
    """Return how many clicks each page is away from the first; one that nothing leads to is left out."""
    found = {FIRST: 0}
    edge = [FIRST]
    while edge:
        name = edge.pop(0)
        for link in pages[name].links:
            target = _path(name, link)
            if target in pages and target not in found:
                found[target] = found[name] + 1
                edge.append(target)
    return found


def _where(site: Path, pages: dict[str, Page], name: str, link: str) -> tuple[str, bool] | None:
    """Return the path that a link leads to, and whether it is there with its anchor; `None` if it leads to no file."""
    if urlsplit(link).scheme:
        return None
    target, anchor = _path(name, link), unquote(urldefrag(link).fragment)
    if target in pages:
        return target, not anchor or anchor in pages[target].anchors
    return target, (site / target).is_file()


def _path(name: str, link: str) -> str:
    path = unquote(urlsplit(link).path)
    if urlsplit(link).scheme:
        return ""
    if not path:
        return name
    parts: list[str] = []
    for part in (*name.split("/")[:-1], *path.split("/")):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def main() -> None:
    """Say what is wrong, and how much was looked at."""
    site = Path(sys.argv[1])
    found = list(faults(site))
    if found:
        sys.exit("\n".join(found))
    pages = read(site)
    links = sum(len(page.links) + len(page.fetched) for page in pages.values())
    most = max(distances(pages).values())
    sys.stderr.write(
        f"{links:,} links of {len(pages)} pages lead somewhere, at most {count(most, 'click')} from the first\n"
    )


if __name__ == "__main__":
    main()
