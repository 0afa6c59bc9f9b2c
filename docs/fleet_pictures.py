"""
The pictures of many boxes side by side, made from a real run: `python -m docs.fleet_pictures`.

Real servers on this machine, each behind a link of a rate of its own, one behind a port that refuses, and a push to all
of them at a pseudo-terminal. What is drawn is what stood on the screen: in the middle of the run, and at its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import html
import os
import pty
import re
import struct
import tempfile
import termios
import time
from itertools import groupby
from pathlib import Path

from demo.link import Link
from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.sshd import Sshd

PICTURES = {"live": Path(__file__).parent / "fleet_live.svg", "end": Path(__file__).parent / "fleet_end.svg"}
TYPED = "fab -H 'proj-*' transfer.push --path=./data --to=./"

_COLUMNS, _ROWS = 112, 30
_RATES_KB_S = (2600, 2200, 1900, 1600, 1400, 1200, 1000)
_FILES, _LINES = 6, 200_000
_CHAR, _LINE, _EDGE, _BAR = 8.0, 19, 18, 34  # widths and heights in px
_CHUNK_BYTES = 1 << 16
# What rich writes, apart from text: styles, and where the cursor goes.
_PLACE = re.compile(r"/\w+/ssh-transport-docs-\w+/you")
_ORDER = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n")
_COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#ffa657", 34: "#79c0ff", 35: "#d2a8ff", 36: "#56d4dd", 37: "#c9d1d9"}
_PLAIN, _DIM = "#c9d1d9", "#484f58"
_OF_256 = 38  # begins a colour that has no number of its own: ECMA-48
_STYLE = 'text { font: 13px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; white-space: pre }'

# What stands in a place: a character, its colour, whether it is bold.
_Cell = tuple[str, str, bool]


class Screen:
    """As much of a terminal as rich makes use of."""

    def __init__(self) -> None:
        self.rows: list[list[_Cell]] = [[]]
        self._row = self._column = 0
        self._colour, self._is_bold = _PLAIN, False

    def write(self, text: str) -> None:
        """Put text on it."""
        at = 0
        for found in _ORDER.finditer(text):
            self._put(text[at : found.start()])
            at = found.end()
            if found[0] == "\r":
                self._column = 0
            elif found[0] == "\n":
                self._row += 1
                if self._row == len(self.rows):
                    self.rows.append([])
            else:
                self._obey(found[1], found[2])
        self._put(text[at:])

    def _put(self, text: str) -> None:
        row = self.rows[self._row]
        row += [(" ", _PLAIN, False)] * (self._column - len(row))
        row[self._column : self._column + len(text)] = [(sign, self._colour, self._is_bold) for sign in text]
        self._column += len(text)

    def _obey(self, numbers: str, letter: str) -> None:
        if letter == "A":
            self._row = max(0, self._row - int(numbers or 1))
        elif letter == "K":
            self.rows[self._row] = []
        elif letter == "m":
            self._styles([int(number or 0) for number in numbers.split(";")])

    def _styles(self, numbers: list[int]) -> None:
        if numbers[0] == 0:
            self._colour, self._is_bold = _PLAIN, False
        self._is_bold = self._is_bold or 1 in numbers
        if _OF_256 in numbers:
            # Of 256 colours, the two that a bar has: what is done, and what is not.
            self._colour = _DIM if numbers[-1] in {237, 238} else _COLOURS[35]
            return
        for number in numbers:
            self._colour = _COLOURS.get(number, self._colour)


def main() -> None:
    """Run it, and draw both pictures."""
    frames = recorded()
    over = frames[-1]
    # The last that shows most boxes under way.
    live = max(frames, key=lambda rows: (sum(" working " in _text(row) for row in rows), _moved(rows)))
    for name, rows in (("live", live), ("end", over)):
        PICTURES[name].write_text(picture(rows), encoding="utf-8")


def recorded() -> list[list[list[_Cell]]]:
    """Return what stood on the screen, again and again, and at the end."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-docs-") as name, contextlib.ExitStack() as stack:
        person = Person(Path(name) / "you")
        pins = []
        person.adds_alias(f"proj-{len(_RATES_KB_S) + 1}", 1)
        # What was added last is the first.
        for number, rate_kb_s in reversed([*enumerate(_RATES_KB_S, 1)]):
            place = Path(name) / f"box-{number}"
            place.mkdir()
            box = stack.enter_context(Sshd(place))
            lets_in(box, person)
            link = stack.enter_context(Link(box.port, rate_bytes_s=rate_kb_s * 1000))
            person.adds_alias(f"proj-{number}", link.port, box.user)
            pins.append(f"proj-{number} {box.host_key_line}\n")
        (person.ssh / "known_hosts").write_text("".join(pins))
        (person.home / "fabric.yaml").write_text("transfer: {streams: 1, attempts: 1}\n")
        (person.home / "data").mkdir()
        for number in range(_FILES):
            lines = "".join(f"{line},{line % 97}\n" for line in range(_LINES))
            (person.home / "data" / f"shard-{number}.csv").write_text(lines)
        return _played(person)


def _played(person: Person) -> list[list[list[_Cell]]]:
    argv = person.argv("fab", "-H", "proj-*", "transfer.push", "--path=./data", "--to=./")
    child, terminal = pty.fork()
    if not child:
        os.chdir(person.home)
        # The size is there before anybody asks for it.
        time.sleep(0.5)
        environment = {**person.environment, "TERM": "xterm-256color"}
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - it is the program
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    screen, frames = Screen(), []
    screen.write(f"\x1b[32m$ {TYPED}\x1b[0m\r\n")
    # At the end of a terminal there is an error.
    with contextlib.suppress(OSError):
        while said := os.read(terminal, _CHUNK_BYTES):
            screen.write(said.decode("utf-8", "replace"))
            frames.append([[*row] for row in screen.rows])
    os.close(terminal)
    os.waitpid(child, 0)
    return frames


def _text(row: list[_Cell]) -> str:
    return "".join(sign for sign, *_ in row)


def _moved(rows: list[list[_Cell]]) -> int:
    """Return how much of the bars is filled, up to three quarters."""
    done = sum(sign in "━╸" and colour != _DIM for row in rows for sign, colour, _ in row)
    rest = sum(sign in "━╺" and colour == _DIM for row in rows for sign, colour, _ in row)
    return done if done < 2 * rest else 0


def _with_home(row: list[_Cell]) -> list[_Cell]:
    """Return a row with the person's home as people write it."""
    found = _PLACE.search(_text(row))
    return [*row[: found.start()], ("~", *row[found.start()][1:]), *row[found.end() :]] if found else row


def picture(rows: list[list[_Cell]]) -> str:
    """Return what stands on a screen as a picture."""
    while rows and not _text(rows[-1]).strip():
        rows = rows[:-1]
    rows = [_with_home(row) for row in rows]
    broken = [row[at : at + _COLUMNS] for row in rows for at in range(0, max(len(row), 1), _COLUMNS)]
    width, height = _COLUMNS * _CHAR + 2 * _EDGE, len(broken) * _LINE + _BAR + 2 * _EDGE
    texts = []
    for number, row in enumerate(broken):
        column, y = 0, _BAR + _EDGE + number * _LINE + 10
        for (colour, is_bold), cells in groupby(row, key=lambda cell: cell[1:]):
            said = _text([*cells])
            x, length = _EDGE + column * _CHAR, len(said) * _CHAR
            column += len(said)
            if said.strip():
                weight = ' font-weight="600"' if is_bold else ""
                where = f'x="{x:g}" y="{y}" textLength="{length:g}" lengthAdjust="spacingAndGlyphs"'
                texts.append(f'<text {where} fill="{colour}"{weight}>{html.escape(said)}</text>')
    dots = "".join(
        f'<circle cx="{22 + 20 * n}" cy="18" r="6" fill="{c}"/>'
        for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">\n'
        f"<title>{html.escape(TYPED)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect width="100%" height="100%" rx="10" fill="#0d1117"/>{dots}\n' + "\n".join(texts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()
