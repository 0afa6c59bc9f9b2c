"""What came of a watch."""

from __future__ import annotations

from dataclasses import dataclass

from ssh_transport.text import count, one_line, size

_TOLD = 5


@dataclass(frozen=True, kw_only=True)
class WatchResult:
    """
    What a watch did so far.

    :ivar box: the box, as it was named.
    :ivar source: what is watched.
    :ivar target: where what has settled goes.
    :ivar files: how many files were pulled, links not counted.
    :ivar bytes: their size.
    :ivar here: how many of the names that the box showed last are here, whoever pulled them.
    :ivar rounds: how often it looked whether something is new.
    :ivar waiting: what the box showed last and is not here.
    :ivar seconds: how long it took.

    >>> transfer.watch(c, path="ck/", to="seen/", on="proj-1", rounds=1).rounds
    1
    """

    box: str
    source: str
    target: str
    files: int
    bytes: int
    here: int
    rounds: int
    waiting: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        where = f"{one_line(self.source)} -> {one_line(self.target)}"
        waits = f"; still changing or on the way: {listed(self.waiting)}" if self.waiting else ""
        done = f"{count(self.files, 'file')}, {size(self.bytes)} pulled in {count(self.rounds, 'round')}"
        return f"{where}: {done}, {self.seconds:.1f} s; {self.here:,} here{waits}"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _TOLD:,} more" if len(names) > _TOLD else ""
    return ", ".join(map(one_line, names[:_TOLD])) + more
