"""
Rate against streams, as an SVG, from what `benchmarks.streams` has recorded: a panel for each round trip, a line for
each loss.

    python -m benchmarks.streams --paths 1000/20/0,1000/20/0.1,... --work file --peers ours-1,ours-4,... --json FILE
    python -m benchmarks.plot FILE [FILE ...] [--program ours] > plot.svg
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, GAP, BOTTOM, RIGHT = 240, 260, 56, 48, 24, 52, 24
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")  # told apart by the colour-blind, too: Okabe and Ito
STYLE = "text { font: 12px sans-serif; fill: #222 } .title { font-weight: bold } .grid { stroke: #ddd }"

# By round trip, then loss: streams and MB/s.
Curves = dict[float, dict[float, list[tuple[int, float]]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--program", default="ours", help="ours, or raw: bare `ssh ... cat`")
    args = parser.parse_args()
    runs = [run for file in args.files for run in json.loads(file.read_text())["runs"]]
    drawn = curves(runs, args.program)
    if not drawn:
        raise SystemExit(f"error: no run of `{args.program}` with a number of streams is in there")
    sys.stdout.write(svg(drawn))


def curves(runs: list[dict[str, Any]], program: str) -> Curves:
    """Return the medians of the runs that pulled a file."""
    rates: defaultdict[tuple[float, float, int], list[float]] = defaultdict(list)
    for run in runs:
        if run["streams"] and run["work"] == "file" and not run["failure"] and run["peer"].startswith(f"{program}-"):
            rates[run["path"]["rtt_ms"], run["path"]["loss_percent"], run["streams"]].append(run["rate_mb_s"])
    found: Curves = {}
    for (rtt_ms, loss_percent, streams), measured in sorted(rates.items()):
        points = found.setdefault(rtt_ms, {}).setdefault(loss_percent, [])
        points.append((streams, statistics.median(measured)))
    return found


def svg(drawn: Curves) -> str:
    """Draw panels side by side, both axes logarithmic and shared."""
    points = [point for panel in drawn.values() for line in panel.values() for point in line]
    streams = sorted({number for number, _ in points})
    decades = range(
        math.floor(math.log10(min(rate for _, rate in points))),
        math.ceil(math.log10(max(rate for _, rate in points))) + 1,
    )
    losses = sorted({loss_percent for panel in drawn.values() for loss_percent in panel})
    colours = {loss_percent: COLOURS[number % len(COLOURS)] for number, loss_percent in enumerate(losses)}
    width = LEFT + len(drawn) * (WIDTH + GAP) - GAP + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{TOP + HEIGHT + BOTTOM}">',
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="white"/>',
        text(14, TOP + HEIGHT / 2, "MB/s", f'transform="rotate(-90 14 {TOP + HEIGHT / 2})"'),
    ]
    axes = Axes(streams, decades)
    for number, (rtt_ms, panel) in enumerate(drawn.items()):
        left = LEFT + number * (WIDTH + GAP)
        parts += axes.frame(left, f"round trip {rtt_ms:g} ms", numbered=number == 0)
        parts += [axes.line(left, panel[loss_percent], colours[loss_percent]) for loss_percent in panel]
    for number, (loss_percent, colour) in enumerate(colours.items()):
        left = LEFT + number * 110
        parts.append(f'<rect x="{left}" y="10" width="14" height="4" fill="{colour}"/>')
        parts.append(text(left + 20, 16, f"loss {loss_percent:g} %", 'text-anchor="start"'))
    return "\n".join([*parts, "</svg>", ""])


class Axes:
    """Where a point is inside a panel."""

    def __init__(self, streams: list[int], decades: range) -> None:
        self._streams, self._decades = streams, decades

    def _x(self, streams: int) -> float:
        first, last = self._streams[0], self._streams[-1]
        return WIDTH * (math.log(streams / first) / math.log(last / first) if last > first else 0.5)

    def _y(self, rate_mb_s: float) -> float:
        low, high = self._decades[0], self._decades[-1]
        return TOP + HEIGHT * (high - math.log10(rate_mb_s)) / max(1, high - low)

    def frame(self, left: float, title: str, *, numbered: bool) -> list[str]:
        """Draw grid, numbers and title."""
        parts = [text(left + WIDTH / 2, TOP - 10, title, 'class="title"')]
        for decade in self._decades:
            y = self._y(10.0**decade)
            parts.append(f'<line class="grid" x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
            if numbered:
                parts.append(text(left - 8, y + 4, f"{10.0**decade:g}", 'text-anchor="end"'))
        for streams in self._streams:
            x = left + self._x(streams)
            parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
            parts.append(text(x, TOP + HEIGHT + 18, str(streams)))
        return [*parts, text(left + WIDTH / 2, TOP + HEIGHT + 40, "streams")]

    def line(self, left: float, points: list[tuple[int, float]], colour: str) -> str:
        """Draw the points of one loss, and what joins them."""
        places = [(left + self._x(streams), self._y(rate_mb_s)) for streams, rate_mb_s in points]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places)
        return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    anchor = "" if "text-anchor" in attributes else 'text-anchor="middle" '
    return f'<text x="{x:.1f}" y="{y:.1f}" {anchor}{attributes}>{words}</text>'


if __name__ == "__main__":
    main()
