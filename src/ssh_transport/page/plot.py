"""The rate of a copy over time, as the points of a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.terminal.pace import Sample

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class Plot:
    """
    A line in a box of `WIDTH` times `HEIGHT`; `cuts` and `heals` are where on the x axis a connection broke.

    ``top`` is the rate at its upper edge, in bytes per second.
    """

    points: str
    cuts: tuple[float, ...]
    heals: tuple[float, ...]
    top: float
    seconds: float


def plot(samples: Sequence[Sample]) -> Plot | None:
    """Return the line, or `None` where a copy was too short for one."""
    steps = [(a, b) for a, b in pairwise(samples) if 0 <= a.seconds < b.seconds]
    if len(steps) < 2:  # noqa: PLR2004 - a line has two points
        return None
    length_s = samples[-1].seconds
    rates = [max(0, b.wire_bytes - a.wire_bytes) / (b.seconds - a.seconds) for a, b in steps]
    top = max(rates) or 1.0
    # Each rate holds from one sample to the next.
    corners = [
        (at.seconds / length_s * WIDTH, HEIGHT - rate / top * HEIGHT)
        for step, rate in zip(steps, rates, strict=True)
        for at in step
    ]

    def where(kind: str) -> tuple[float, ...]:
        return tuple(
            round(b.seconds / length_s * WIDTH, 1) for a, b in pairwise(samples) if getattr(b, kind) > getattr(a, kind)
        )

    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return Plot(points, where("attempt"), where("heals"), top, length_s)
