"""The long lists of a plan, held as columns: of a million files little more than their names is kept."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# As they are called in a plan, by what `find -type` and rsync call them.
KINDS = {"f": "file", "d": "directory", "l": "symlink", "L": "symlink"}
_NEW, _FILE, _LINK = 1, 2, 4
# A box may say any number.
_MOST_BYTES = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Write:
    """
    Something that will be made or replaced, by its name relative to the plan's root.

    ``partial`` is the file, named likewise, that an earlier attempt may have left of it; empty where there is none.
    """

    name: str
    bytes: int
    is_new: bool
    is_file: bool = False
    is_link: bool = False
    partial: str = ""


class Writes(Collection[Write]):
    """What a plan writes, in the order of the copy."""

    def __init__(self, writes: Iterable[Write] = ()) -> None:
        self._names: list[str] = []
        self._bytes = array("Q")
        self._kinds = bytearray()
        self._partials: dict[int, str] = {}
        for number, write in enumerate(writes):
            self._names.append(write.name)
            self._bytes.append(min(write.bytes, _MOST_BYTES))
            self._kinds.append(_NEW * write.is_new | _FILE * write.is_file | _LINK * write.is_link)
            if write.partial:
                self._partials[number] = write.partial

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, write: object) -> bool:
        return any(write == one for one in self)

    def __iter__(self) -> Iterator[Write]:
        for number, (name, count, kind) in enumerate(zip(self._names, self._bytes, self._kinds, strict=True)):
            partial = self._partials.get(number, "")
            yield Write(name, count, bool(kind & _NEW), bool(kind & _FILE), bool(kind & _LINK), partial)


class Changes(Collection[str]):
    """
    One line for every change.

    :param lines: what is done, of which there are few words, and to what.
    """

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self._words: list[str] = []
        self._names: list[str] = []
        for word, name in lines:
            self._words.append(sys.intern(word))
            self._names.append(name)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, line: object) -> bool:
        return any(line == one for one in self)

    def __iter__(self) -> Iterator[str]:
        return (f"{word} {name}" for word, name in zip(self._words, self._names, strict=True))

    def and_also(self, lines: Iterable[tuple[str, str]]) -> Changes:
        """Return these lines and others."""
        return Changes((*zip(self._words, self._names, strict=True), *lines))

    def without(self, names: Collection[str]) -> Changes:
        """Return all lines but those about these names."""
        pairs = zip(self._words, self._names, strict=True)
        return Changes((word, name) for word, name in pairs if name not in names)
