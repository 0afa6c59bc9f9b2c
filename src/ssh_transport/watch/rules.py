"""How a watch goes about it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_WAYS_OUT = {"", ".", ".."}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """
    How often to look, what counts as whole, and when to end.

    :param every_s: the pause between two looks.
    :param settle_s: how long a file must have shown the same size and time.
    :param done_marker: the name of a file that says that the directory around it is whole; empty for none.
    :param until: what ends the watch once it is there: a path below the directory, or a glob; empty for nothing.
    :param rounds: how often to look at most; 0 for no end.
    """

    every_s: float = 60
    settle_s: float = 30
    done_marker: str = ""
    until: str = ""
    rounds: int = 0

    def __post_init__(self) -> None:
        if self.every_s < 1 or self.rounds < 0:
            raise UsageError("a watch looks at most once a second", hint="--every=60")
        if self.settle_s < 1:
            raise UsageError("a file must rest for a second at least before it is copied", hint="--settle=30")
        if "/" in self.done_marker or "\0" in self.done_marker or self.done_marker in {".", ".."}:
            raise UsageError(f"`{self.done_marker}` is no file name", hint="--done-marker=_SUCCESS")
        if self.until and not _WAYS_OUT.isdisjoint(self.until.split("/")):
            raise UsageError(
                f"`{self.until}` is no path below what is watched", hint="without a slash in front: --until=DONE"
            )

    def is_over(self, names: Iterable[str]) -> bool:
        """Whether what ends the watch is among the names; a wildcard stays within its part of a path."""
        wanted = self.until.split("/")
        return bool(self.until) and any(
            len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
            for parts in (name.split("/") for name in names)
        )
