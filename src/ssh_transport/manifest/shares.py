"""Which names of a manifest take how much."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Record

_NAMES_KEPT, _LEVELS = 2_000, 2
OTHERS = "others"


@dataclass(frozen=True)
class Share:
    """The bytes of a file, or of all files of a directory; `OTHERS` are what there were too many names for."""

    name: str
    bytes: int


class Shares:
    """Adds up what passes, by the first two parts of each name."""

    def __init__(self) -> None:
        self._bytes: dict[bytes, int] = {}
        self._others = 0

    def passing(self, records: Iterator[Record]) -> Iterator[Record]:
        """Yield the records as they are."""
        for record in records:
            if record.kind == b"f":
                self._add(b"/".join(record.name.split(b"/")[:_LEVELS]), record.size)
            yield record

    def largest(self, at_most: int) -> tuple[Share, ...]:
        """Return the largest, and all others as one."""
        found = sorted(self._bytes.items(), key=lambda item: (-item[1], item[0]))
        named = [Share(os.fsdecode(name), count) for name, count in found[:at_most]]
        rest = self._others + sum(count for _, count in found[at_most:])
        return (*named, *([Share(OTHERS, rest)] if rest else []))

    def _add(self, name: bytes, count: int) -> None:
        if name in self._bytes or len(self._bytes) < _NAMES_KEPT:
            self._bytes[name] = self._bytes.get(name, 0) + count
        else:
            self._others += count
