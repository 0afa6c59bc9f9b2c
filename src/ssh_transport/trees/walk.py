"""A walk from a directory down, level by level, within what a tree that a person means can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ssh_transport.errors import Incomplete
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DEEPEST = 100

_Directory = TypeVar("_Directory")
_Listing = TypeVar("_Listing")


class Walk(Generic[_Directory, _Listing]):
    """
    Iterates over directories and their listings; whoever iterates says which of the directories in them to enter.

    All of one level are listed before the next, so that many can be asked for at once.

    :param top: where it begins.
    :param listed: lists directories, in their order; how many at once is its own affair.
    :param where: what is walked through, for errors.
    """

    def __init__(
        self,
        top: Iterable[_Directory],
        listed: Callable[[list[_Directory]], Iterable[_Listing]],
        where: str,
        *,
        most_names: int = 5_000_000,
    ) -> None:
        self._level = list(top)
        self._listed, self._where, self._most_names = listed, where, most_names
        self._names = 0

    def __iter__(self) -> Iterator[tuple[_Directory, _Listing]]:
        """
        Yield each directory with its listing.

        :raises Incomplete: a box lists without an end: deeper than any directory, or more names than a copy can hold.
        """
        for _ in range(_DEEPEST):
            if not self._level:
                return
            level, self._level = self._level, []
            yield from zip(level, self._listed(level), strict=True)
        if self._level:
            raise Incomplete(f"more than {_DEEPEST} directories deep: `{one_line(self._where)}`")

    def enter(self, directories: Iterable[_Directory]) -> None:
        """Have these walked through too, after all of this level."""
        self._level.extend(directories)

    def count(self, names: int) -> None:
        """
        Count names that were listed.

        :raises Incomplete: they are too many.
        """
        self._names += names
        if self._names > self._most_names:
            raise Incomplete(
                f"more than {self._most_names:,} names are in `{one_line(self._where)}`",
                hint="take it directory by directory",
            )
