"""What a watched directory held at one moment."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssh_transport.request.patterns import Excluded


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What stands at a name: ``kind`` is ``d``, ``f``, ``l``, or ``o`` for what is not copied.

    ``mtime_ns`` is by the box's clock, in whole seconds where it tells no more; ``mode`` is the permissions, and does
    not matter to whether two entries are equal.
    """

    kind: str
    size: int = 0
    mtime_ns: int = 0
    link: str = ""
    mode: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Listing:
    """
    What stood below the directory, by name, parents first.

    :param names: what stood there, and what is left out too, but for what is below a directory that is left out.
    :param began_s: when, by our own monotonic clock, the box was asked; ``ended_s`` is when all was told.
    :param unread: what the box could not look into; empty if nothing.
    """

    entries: Mapping[str, Entry]
    names: frozenset[str]
    began_s: float
    ended_s: float
    unread: str = ""

    def contents(self) -> Iterator[tuple[str, Entry]]:
        """Yield what is to be pulled: files, links, and directories with nothing in them."""
        full = {posixpath.dirname(name) for name in self.entries}
        for name, entry in self.entries.items():
            if entry.kind in "fl" or (entry.kind == "d" and name not in full):
                yield name, entry


def listing_of(
    entries: Iterable[tuple[str, Entry]],
    excluded: Excluded,
    prefix: str,
    *,
    times_s: tuple[float, float],
    unread: str = "",
) -> Listing:
    """
    Return the listing without what is excluded, or is below what is no directory.

    :param entries: may tell a name twice, as a directory does that changes while it is read; the last time counts.
    :param prefix: what the names begin with for the patterns.
    :param times_s: began and ended.
    """
    found = dict(entries)
    kept: dict[str, Entry] = {}
    names: set[str] = set()
    open_directories = {""}
    for name in sorted(found, key=lambda name: name.count("/")):
        entry = found[name]
        if posixpath.dirname(name) not in open_directories:
            continue
        names.add(name)
        if excluded(posixpath.join(prefix, name), is_directory=entry.kind == "d"):
            continue
        kept[name] = entry
        if entry.kind == "d":
            open_directories.add(name)
    return Listing(kept, frozenset(names), *times_s, unread)
