"""
Seconds against boxes, as an SVG, from `benchmarks.spread_model`: a panel for each kind of lines, a line for each way.

    python -m benchmarks.spread_plot > docs/spread.svg
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from benchmarks.plot import BOTTOM, COLOURS, HEIGHT, LEFT, RIGHT, STYLE, TOP, text
from benchmarks.spread_model import WAYS, Inputs
from benchmarks.world import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBERS = (10, 20, 50, 100, 200, 500, 1000)
PANELS: Mapping[str, Inputs] = {
    "40 MB, home 80, boxes 240 Mbit/s": Inputs(40, 80, 240, 240, 0.5),
    "2 GB, home 1000, boxes 200 up, 1000 down": Inputs(2000, 1000, 200, 1000, 2),
}
WIDTH, GAP = 300, 70
MARGIN = 1.3

# By way: what each number of boxes takes, in seconds.
Curves = dict[str, list[float]]


def main() -> None:
    sys.stdout.write(drawn({title: _curves(inputs) for title, inputs in PANELS.items()}))


def drawn(panels: Mapping[str, Curves]) -> str:
    """Return the SVG."""
    width = LEFT + len(panels) * (WIDTH + GAP) - GAP + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{TOP + HEIGHT + BOTTOM}">',
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="white"/>',
        text(14, TOP + HEIGHT / 2, "seconds", f'transform="rotate(-90 14 {TOP + HEIGHT / 2})"'),
    ]
    for at, way in enumerate(WAYS):
        left = LEFT + at * 90
        parts.append(f'<rect x="{left}" y="10" width="14" height="4" fill="{COLOURS[at]}"/>')
        parts.append(text(left + 20, 16, way, 'text-anchor="start"'))
    for at, (title, curves) in enumerate(panels.items()):
        parts += _panel(LEFT + at * (WIDTH + GAP), title, curves)
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: float, title: str, curves: Curves) -> list[str]:
    values = [seconds for curve in curves.values() for seconds in curve]
    low, high = math.log10(min(values) / MARGIN), math.log10(max(values) * MARGIN)

    def x(number: float) -> float:
        return left + WIDTH * math.log(number / NUMBERS[0]) / math.log(NUMBERS[-1] / NUMBERS[0])

    def y(seconds: float) -> float:
        return TOP + HEIGHT * (high - math.log10(seconds)) / (high - low)

    parts = [text(left + WIDTH / 2, TOP - 10, title, 'class="title"')]
    for decade in range(math.ceil(low), math.floor(high) + 1):
        at = y(10.0**decade)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + WIDTH}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(text(left - 6, at + 4, f"{10**decade:,}", 'text-anchor="end"'))
    for number in NUMBERS:
        parts.append(f'<line class="grid" x1="{x(number):.1f}" x2="{x(number):.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
        parts.append(text(x(number), TOP + HEIGHT + 18, str(number)))
    parts.append(text(left + WIDTH / 2, TOP + HEIGHT + 40, "boxes"))
    for colour, curve in zip(COLOURS, curves.values(), strict=False):
        points = [(x(number), y(seconds)) for number, seconds in zip(NUMBERS, curve, strict=True)]
        joined = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3" fill="{colour}"/>' for across, down in points]
    return parts


def _curves(inputs: Inputs) -> Curves:
    found: Curves = {}
    for name, way in WAYS.items():
        outcomes = [way(inputs, number) for number in NUMBERS]
        found[name] = [outcome.seconds for outcome in outcomes]
        tell(f"{name}: {outcomes}")
    return found


if __name__ == "__main__":
    main()
