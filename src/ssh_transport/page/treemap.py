"""
A treemap: rectangles whose areas are sizes, as near to squares as they come.

The way of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_PIECES = 1_000_000


@dataclass(frozen=True)
class Place:
    """A rectangle, in the units of the whole; `index` is that of the size."""

    index: int
    x: float
    y: float
    width: float
    height: float


def treemap(sizes: Sequence[float], width: float, height: float) -> list[Place]:
    """
    Lay out sizes in a rectangle, the largest first; what nobody would see gets no place.

    :returns: a place for each size that is more than a millionth of all; together they fill the rectangle.
    """
    seen = [number for number, value in enumerate(sizes) if value * _MOST_PIECES > sum(sizes)]
    order = sorted(seen, key=lambda number: -sizes[number])
    total = sum(sizes[number] for number in order)
    areas = [(number, sizes[number] / total * width * height) for number in order]
    found: list[Place] = []
    x, y = 0.0, 0.0
    while areas:
        row = _row([area for _, area in areas], min(width, height))
        taken, areas = areas[:row], areas[row:]
        thickness = sum(area for _, area in taken) / min(width, height)
        if width >= height:
            found += _stacked(taken, x, y, thickness, along_y=True)
            x, width = x + thickness, width - thickness
        else:
            found += _stacked(taken, x, y, thickness, along_y=False)
            y, height = y + thickness, height - thickness
    return found


def _row(areas: Sequence[float], side: float) -> int:
    """Return how many go into the next row: as many as make it no worse."""
    best = float("inf")
    for number in range(1, len(areas) + 1):
        row = areas[:number]
        thickness = sum(row) / side
        worst = max(max(thickness * thickness / area, area / (thickness * thickness)) for area in (row[0], row[-1]))
        if worst > best:
            return number - 1
        best = worst
    return len(areas)


def _stacked(taken: Sequence[tuple[int, float]], x: float, y: float, thickness: float, *, along_y: bool) -> list[Place]:
    found = []
    for number, area in taken:
        length = area / thickness
        found.append(Place(number, x, y, *((thickness, length) if along_y else (length, thickness))))
        x, y = (x, y + length) if along_y else (x + length, y)
    return found
