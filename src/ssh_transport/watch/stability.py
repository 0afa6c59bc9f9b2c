"""Which files have stopped changing, and which of them may be shown together; all of it computed, nothing asked."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from .listing import Entry, Listing


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood at a name, and by our own clock since when no listing showed anything else there."""

    entry: Entry
    since_s: float


def seen_in(before: Mapping[str, Seen], listing: Listing) -> Mapping[str, Seen]:
    """Return what is known after one more listing; a name counts from the end of the first one that showed it so."""
    return {
        name: before[name] if name in before and before[name].entry == entry else Seen(entry, listing.ended_s)
        for name, entry in listing.entries.items()
    }


def settled(before: Mapping[str, Seen], listing: Listing, settle_s: float) -> set[str]:
    """
    Return the names at which this listing shows what an earlier one showed, at least `settle_s` before.

    The box's clock has no part in it: it may be wrong, and it may be set.
    """
    return {
        name
        for name, entry in listing.entries.items()
        if name in before and before[name].entry == entry and listing.began_s - before[name].since_s >= settle_s
    }


def vouched(listing: Listing, done_marker: str) -> set[str]:
    """Return the names in or below a directory that holds a current file called `done_marker`, see `outdated`."""
    current = _markers(listing, done_marker).keys() - outdated(listing, done_marker)
    return {name for name in listing.entries if any(above in current for above in _above(name))}


def outdated(listing: Listing, done_marker: str) -> set[str]:
    """
    Return the directories whose marker is older than a file or link below them: they are being written to again.

    Whatever has settled there, such a directory is not whole before its marker is written anew. All times are the box's
    own, so its clock may be wrong.
    """
    markers = _markers(listing, done_marker)
    return {
        above
        for name, entry in listing.contents()
        for above in _above(name)
        if above in markers and entry.mtime_ns > markers[above]
    }


def publishable(arrived: Collection[str], here: Collection[str], listing: Listing, done_marker: str) -> list[str]:
    """
    Return which of the names that have arrived may be shown now, in the order to do it.

    Of a directory with a marker all is shown together, the marker last, as soon as all of it has arrived or is here,
    and nothing while the marker is `outdated`.
    """
    markers = _markers(listing, done_marker)
    there = {*arrived, *here}
    lacking = {above for name, _ in listing.contents() if name not in there for above in _above(name)}
    lacking |= outdated(listing, done_marker)

    def home(name: str) -> str | None:
        return next((above for above in _above(name) if above in markers), None)

    def turn(name: str) -> tuple[int, str, bool, str]:
        # A directory within another that has a marker goes before the other's marker.
        place = home(name)
        depth = 0 if place is None else -1 - (place.count("/") + bool(place))
        return depth, place or "", posixpath.basename(name) == done_marker, name

    return sorted((name for name in arrived if home(name) is None or home(name) not in lacking), key=turn)


def _markers(listing: Listing, done_marker: str) -> Mapping[str, int]:
    """Return the directories that hold a marker, with its time."""
    return {
        posixpath.dirname(name): entry.mtime_ns
        for name, entry in listing.entries.items()
        if done_marker and entry.kind == "f" and posixpath.basename(name) == done_marker
    }


def _above(name: str) -> Iterator[str]:
    """Yield the directories above a name, the nearest first; the last is the empty name of the top."""
    while name:
        name = posixpath.dirname(name)
        yield name
