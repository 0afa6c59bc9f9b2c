"""
The parts that a plan is cut into: all files one after another, cut every so many bytes.

Small files share a part, a large one spans several. Only bytes of files are in a part: both ends know the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a cut loses is half of each part that is being stored: of so many parts that is little, whatever their size.
_PARTS = 64
# Of smaller ones the round trips would be felt, and larger ones are held in memory, several at a time.
_LEAST_BYTES, MOST_BYTES = 1 << 20, 16 << 20


@dataclass(frozen=True)
class Part:
    """One object: its slices, one after another, each the number of a file, an offset in it, and a length."""

    number: int
    slices: tuple[tuple[int, int, int], ...]

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return sum(length for _, _, length in self.slices)


def part_bytes_of(total_bytes: int) -> int:
    """Return how large the parts of so many bytes are."""
    return min(MOST_BYTES, max(_LEAST_BYTES, 1 << max(0, total_bytes // _PARTS - 1).bit_length()))


def cut(sizes: Iterable[int], part_bytes: int) -> list[Part]:
    """
    Cut files of these sizes into parts of `part_bytes`, the last of what is left; an empty file is in no part.

    The same files give the same parts, so that a later run finds those that are there.
    """
    parts: list[Part] = []
    slices: list[tuple[int, int, int]] = []
    room = part_bytes
    for number, size in enumerate(sizes):
        offset = 0
        while offset < size:
            length = min(room, size - offset)
            slices.append((number, offset, length))
            offset, room = offset + length, room - length
            if not room:
                parts.append(Part(len(parts), tuple(slices)))
                slices, room = [], part_bytes
    if slices:
        parts.append(Part(len(parts), tuple(slices)))
    return parts
