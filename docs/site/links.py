"""
Links of pages that are written by hand to pages that are made with the site.

In a checkout the latter are not there: what is written leads to the tables and profiles that they are made of, and the
site has the page in its place.
"""

from __future__ import annotations

import posixpath
import re

_INDEXES = {"tasks": "tasks/index.md", "platforms": "platforms/index.md", "known-problems": "problems/index.md"}
_LINK = re.compile(r"(?<=\]\()(?P<file>[^)\s#:]+)(?:#(?P<part>[\w-]+))?(?=\))")


def on_site(page: str, text: str) -> str:
    """
    Return the text of a page with its links as the site has them.

    :param page: its path below the source directory.
    """
    here = posixpath.dirname(page)

    def led(found: re.Match[str]) -> str:
        target = _made(posixpath.normpath(posixpath.join(here, found["file"])), found["part"] or "")
        return posixpath.relpath(target, here or ".") if target else found[0]

    return _LINK.sub(led, text)


def _made(file: str, part: str) -> str:
    """Return the page that is made of this, or nothing."""
    if file == "reference.md":
        return _INDEXES.get(part, "")
    profile = re.fullmatch(r"\.\./profiles/(\w+)\.toml", file)
    return f"platforms/{profile[1]}.md" if profile else ""
