"""
The picture of the house, made from the import contract: `python -m docs.house` draws it, ``--check`` says if it is old.

Each line of `layers` in pyproject.toml is a floor; each room in it is a box with the first sentence of its docstring.
"""

from __future__ import annotations

import ast
import html
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PICTURE = Path(__file__).parent / "house.svg"

_WIDTH, _EDGE, _LEFT, _RIGHT = 960, 20, 52, 932
_GAP, _PAD, _RISE, _LINE = 8, 12, 9, 18  # between boxes, beside text, above and below it, from line to line
_ABREAST = 4  # of rooms that stand side by side; more begin another row of the same floor
_NAME_WIDTH = 124  # of the column with the name, where a room has a floor for itself
_ROOF_EAVES, _ROOF_SLOPE, _ROOF_RISE = 12, 170, 84
_TEXT_PX, _NAME_PX = 13, 14
# Advance widths in em, rounded up from DejaVu Sans, the widest of the fonts that are likely.
_MONO_EM, _OTHER_EM = 0.63, 0.64
_SANS_EM = {
    **dict.fromkeys("ijl'|", 0.3),
    **dict.fromkeys(" .,:;", 0.34),
    **dict.fromkeys("ft()[]/-", 0.41),
    **dict.fromkeys('r"', 0.47),
    **dict.fromkeys("cskvxyz", 0.6),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.8),
    **dict.fromkeys("Mw", 0.87),
    **dict.fromkeys("mW%@", 1.01),
}

_STYLE = """
text { font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
.name { font: 600 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #0a3069 }
.says { font-size: 13px; fill: #1f2328 }
.rule { font-size: 13px; fill: #59636e }
.page { fill: #ffffff; stroke: #d1d9e0 }
.floor { fill: #eef2f6 }
.room { fill: #ffffff; stroke: #aeb9c4 }
.roof { fill: #fff4e0; stroke: #c69026 }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.5 }
"""


@dataclass(frozen=True)
class Plan:
    """What stands above all floors, and the floors from the top to the ground; each holds one room or several."""

    roof: tuple[str, ...]
    floors: tuple[tuple[str, ...], ...]


def plan() -> Plan:
    """Read the contract."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    house = next(one for one in contracts if "containers" in one)
    above = next(one["layers"] for one in contracts if "containers" not in one)
    roof = above[: above.index(house["containers"][0])]
    return Plan(tuple(roof), tuple(tuple(re.split(r"\s*[|:]\s*", layer)) for layer in house["layers"]))


def sentence(room: str) -> str:
    """Return the first sentence of a room's docstring, without the full stop and without backticks."""
    source = CHECKOUT / "src" / "ssh_transport"
    places = (CHECKOUT / room / "__init__.py", source / room / "__init__.py", source / f"{room}.py")
    file = next(place for place in places if place.exists())
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = re.split(r"\n\n|(?<=\.)\s", said)[0]
    if not first:
        raise ValueError(f"{file.relative_to(CHECKOUT)} has no docstring")
    return " ".join(first.split()).removesuffix(".").replace("`", "")


def wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines, none of which is wider in any usual font."""
    lines = [""]
    for word in text.split():
        if _px(word) > width:
            raise ValueError(f"`{word}` is wider than its box")
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if _px(longer) <= width else [*lines, word]
    return lines


def picture() -> str:
    """Return the picture."""
    found = plan()
    parts: list[str] = []
    y: float = _EDGE
    for room in found.roof:
        y = _roof(parts, room, y)
    top = y
    for floor in found.floors:
        y = _floor(parts, floor, y) + _GAP
    parts += _arrow(top, y - _GAP)
    rule = "A room may know the rooms on the floors below it, and no other; those side by side do not know each other."
    parts.append(_text(_LEFT, y + _LINE, rule, "rule"))
    height = round(y + _LINE + _EDGE)
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
        '<title id="title">The rooms of ssh-transport, floor by floor</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>',
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def main() -> None:
    """Write the picture, or only look."""
    new = picture()
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(new, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != new:
        sys.exit(f"{PICTURE.name} is old\n\nhint: .venv/bin/python -m docs.house")


def _roof(parts: list[str], room: str, y: float) -> float:
    """Draw what stands above all floors."""
    middle, eaves_y = (_LEFT + _RIGHT) / 2, y + _ROOF_RISE
    corners = (
        (_LEFT + _ROOF_SLOPE, y),
        (_RIGHT - _ROOF_SLOPE, y),
        (_RIGHT + _ROOF_EAVES, eaves_y),
        (_LEFT - _ROOF_EAVES, eaves_y),
    )
    points = " ".join(f"{x:g},{at:g}" for x, at in corners)
    parts.append(f'<polygon class="roof" points="{points}" stroke-linejoin="round"/>')
    lines = wrapped(sentence(room), _RIGHT - _LEFT - 2 * _ROOF_SLOPE - 2 * _PAD)
    at = y + (_ROOF_RISE - (len(lines) + 1) * _LINE) / 2 + _NAME_PX
    parts.append(_text(middle, at, room, "name", anchor="middle"))
    parts += [_text(middle, at + n * _LINE, line, "says", anchor="middle") for n, line in enumerate(lines, 1)]
    return eaves_y + _GAP


def _floor(parts: list[str], rooms: tuple[str, ...], y: float) -> float:
    """Draw one floor; return where it ends."""
    if len(rooms) == 1:
        return _alone(parts, rooms[0], y)
    rows = -(-len(rooms) // _ABREAST)
    abreast = -(-len(rooms) // rows)
    width = (_RIGHT - _LEFT - _GAP * (abreast + 1)) / abreast
    background = len(parts)
    at = y + _GAP
    for first in range(0, len(rooms), abreast):
        row = [(room, wrapped(sentence(room), width - 2 * _PAD)) for room in rooms[first : first + abreast]]
        height = 2 * _RISE + _LINE * (1 + max(len(lines) for _, lines in row))
        for column, (room, lines) in enumerate(row):
            x = _LEFT + _GAP + column * (width + _GAP)
            parts.append(_box("room", x, at, width, height))
            parts.append(_text(x + _PAD, at + _RISE + _NAME_PX, room, "name"))
            parts += [
                _text(x + _PAD, at + _RISE + _NAME_PX + n * _LINE, line, "says") for n, line in enumerate(lines, 1)
            ]
        at += height + _GAP
    parts.insert(background, _box("floor", _LEFT, y, _RIGHT - _LEFT, at - y))
    return at


def _alone(parts: list[str], room: str, y: float) -> float:
    """Draw a room that has a floor for itself: its name before what it says."""
    if len(room) * _MONO_EM * _NAME_PX > _NAME_WIDTH - _PAD:
        raise ValueError(f"`{room}` is wider than its column")
    lines = wrapped(sentence(room), _RIGHT - _LEFT - _NAME_WIDTH - 2 * _PAD)
    height = 2 * _RISE + _LINE * len(lines)
    parts.append(_box("room", _LEFT, y, _RIGHT - _LEFT, height))
    parts.append(_text(_LEFT + _PAD, y + _RISE + _NAME_PX, room, "name"))
    x = _LEFT + _PAD + _NAME_WIDTH
    parts += [_text(x, y + _RISE + _NAME_PX + n * _LINE, line, "says") for n, line in enumerate(lines)]
    return y + height


def _arrow(top: float, ground: float) -> list[str]:
    """Draw the way in which imports point."""
    x, head, middle = _EDGE + 8, 6, (top + ground) / 2
    tip, wings = f"{x},{ground - 1:g}", ground - head - 2
    points = f"M{x},{top:g} L{tip} M{x - head},{wings:g} L{tip} L{x + head},{wings:g}"
    turned = f'transform="rotate(-90 {x} {middle:g})" text-anchor="middle"'
    return [
        f'<path class="arrow" d="{points}"/>',
        f'<text class="rule" {turned} x="{x}" y="{middle - 7:g}">imports</text>',
    ]


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>'


def _text(x: float, y: float, words: str, kind: str, *, anchor: str = "start") -> str:
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}"{placed}>{html.escape(words, quote=False)}</text>'


def _px(text: str) -> float:
    return _TEXT_PX * sum(_SANS_EM.get(char, _OTHER_EM) for char in text)


if __name__ == "__main__":
    main()
