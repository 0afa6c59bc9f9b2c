"""
The picture at the top of the README, made from a run of the demo: `python -m docs.moving_picture`.

It begins with all lines, which is what a still of it shows; then each appears when it was said, and long waits are
shortened. Where a reader wants no motion, all lines stay.
"""

from __future__ import annotations

import html
import re
import subprocess
import time
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PICTURE = Path(__file__).parent / "demo.svg"

_COLUMNS, _ROWS = 118, 34
_CHAR, _LINE, _EDGE, _BAR = 8.0, 19, 18, 34  # widths and heights in px
_LONGEST_WAIT_S, _REST_S = 1.4, 5.0
_PLACE = re.compile(r"/\w+/ssh-transport-demo-\w+/you")

_STYLE = """
text { font: 13px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre }
.typed { fill: #7ee787; font-weight: 600 }
.fault { fill: #ffa657 }
.good { fill: #79c0ff }
"""


def recorded() -> list[tuple[float, str]]:
    """Return each line that the demo says, with the seconds since its start."""
    start = time.monotonic()
    with subprocess.Popen([CHECKOUT / "script" / "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as demo:
        assert demo.stdout is not None  # noqa: S101 - it is a pipe
        lines = [(time.monotonic() - start, line.decode().rstrip()) for line in demo.stdout]
    if demo.returncode:
        raise SystemExit(f"the demo failed:\n{lines}")
    return lines


def picture(lines: list[tuple[float, str]]) -> str:
    """Return the lines as a picture that moves."""
    shown = [(at, row) for at, line in _shortened(lines) for row in _rows(_PLACE.sub("~", line))]
    length_s = _REST_S + shown[-1][0]
    rest = 100 * _REST_S / length_s
    width = _COLUMNS * _CHAR + 2 * _EDGE
    height = len(shown) * _LINE + _BAR + 2 * _EDGE
    moves, texts = [], []
    for number, (at, row) in enumerate(shown):
        said = rest + 100 * at / length_s
        before, gone = f"0%, {rest:.2f}% {{ opacity: 1 }}", f"{rest + 0.01:.2f}%, {said - 0.01:.2f}% {{ opacity: 0 }}"
        moves.append(f"@keyframes l{number} {{ {before} {gone} {said:.2f}%, 100% {{ opacity: 1 }} }}")
        moves.append(f".l{number} {{ animation: l{number} {length_s:.1f}s step-end infinite }}")
        y = _BAR + _EDGE + number * _LINE + 10
        texts.append(f'<text class="l{number} {_kind(row)}" x="{_EDGE}" y="{y}">{html.escape(row)}</text>')
    still = "@media (prefers-reduced-motion: reduce) { text { animation: none !important } }"
    dots = "".join(
        f'<circle cx="{22 + 20 * n}" cy="18" r="6" fill="{c}"/>'
        for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">\n'
        f"<title>A run of script/demo</title>\n<style>{_STYLE}{chr(10).join(moves)}\n{still}\n</style>\n"
        f'<rect width="100%" height="100%" rx="10" fill="#0d1117"/>{dots}\n' + "\n".join(texts) + "\n</svg>\n"
    )


def _shortened(lines: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Begin with the first command, and let no wait be long."""
    first = next(number for number, (_, line) in enumerate(lines) if line.startswith("$ "))
    found: list[tuple[float, str]] = []
    now, before = 0.5, lines[first][0]
    for at, line in lines[first:]:
        now += min(at - before, _LONGEST_WAIT_S)
        before = at
        if line and len(found) < _ROWS:
            found.append((now, line))
    return found


def _rows(line: str) -> list[str]:
    """Return a line as a terminal of this width breaks it."""
    return [line[at : at + _COLUMNS] for at in range(0, max(len(line), 1), _COLUMNS)]


def _kind(row: str) -> str:
    if row.startswith("$ "):
        return "typed"
    return "fault" if "; attempt " in row else "good" if "same" in row or "3 attempts" in row else ""


def main() -> None:
    """Run the demo, and draw it."""
    PICTURE.write_text(picture(recorded()), encoding="utf-8")


if __name__ == "__main__":
    main()
