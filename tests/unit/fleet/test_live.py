"""What is seen of many boxes while they run: as much as the terminal holds."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from ssh_transport.fleet import live
from ssh_transport.terminal import report
from ssh_transport.terminal.board import Board
from ssh_transport.terminal.progress import Progress

if TYPE_CHECKING:
    from ssh_transport.terminal.board import State


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def drawn(board: Board, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, legacy_windows=False)
    with console.capture() as captured:
        console.print(live.View(board))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def board() -> Board:
    """Forty boxes: ten done, two failed, eight copying, the others waiting."""
    made = Board([f"box-{number}" for number in range(40)])
    for number in range(12):
        state: State = "done" if number < 10 else "failed"
        made.tell(f"box-{number}", state)
    for number in range(12, 20):
        made.show(f"box-{number}", Progress(total_bytes=4000, done_bytes=1000, current="a\x1b/b", attempt=number - 11))
    return made


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_table_fits_the_terminal(width: int, board: Board) -> None:
    """Those under way and those that failed have a row, the others are counted; no line is broken."""
    lines = drawn(board, width, 20)
    named = [line.split()[0] for line in lines[2:-2]]

    assert len(lines) < 20
    assert max(map(len, lines)) <= width
    assert {f"box-{number}" for number in range(10, 20)} <= set(named)
    assert lines[-2].startswith("... ")
    assert lines[-1].startswith("all")
    assert "attempt 2" in "\n".join(lines)


def test_the_rest_is_counted(board: Board) -> None:
    """Eight under way leave room for six others: two failures, and four that wait."""
    assert drawn(board, 120, 20)[-2] == "... 10 done, 16 waiting"


def test_a_name_of_a_file_gives_no_orders(board: Board) -> None:
    assert any("a\\x1b/b" in line for line in drawn(board, 120, 60))


def test_what_is_said_meanwhile_can_be_copied(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal wraps it: no line that we break has to be put together again; and the table still fits."""
    screen, pipe = Screen(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", pipe)
    for name, value in {"TERM": "xterm", "COLUMNS": "50", "LINES": "20"}.items():
        monkeypatch.setenv(name, value)
    path = "/".join(["a-long-name"] * 12)

    with live.shown(board):
        report.say(path)

    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()))
    assert path in [line.rstrip() for line in lines]
    assert any(line.startswith("all ") for line in lines)
    assert max(len(line.rstrip()) for line in lines if path not in line) <= 50


def test_elsewhere_one_sentence_tells_of_all(board: Board) -> None:
    assert live.sentence(board).startswith(
        "10 of 40 boxes done, 2 failed, 8 under way, 20 waiting; 8.0 kB of 32.0 kB, "
    )
    for number in range(12, 18):
        board.tell(f"box-{number}", "done")
    assert "2 under way (box-18, box-19)" in live.sentence(board)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.4, "59 s"), (187, "3:07 min"), (3725, "1:02 h")], ids=str
)
def test_a_time_that_is_left_is_read_at_once(seconds: float, words: str) -> None:
    assert live.clock(seconds) == words


def test_what_is_said_of_all_is_not_said_again_until_it_changes(board: Board) -> None:
    """But once in a while: somebody waits for a box that is gone, and wants to know that we still do."""
    lines = live.Lines(board)
    said = [bool(lines.due()) for _ in range(25)]
    assert [number for number, one in enumerate(said) if one] == [0, 12, 24]
    board.show("box-12", Progress(total_bytes=4000, done_bytes=1001))
    assert lines.due()
    assert not lines.due()
    board.tell("box-13", "failed")
    assert "3 failed" in lines.due()


def test_a_box_that_nothing_is_heard_of_has_no_rate(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    row = board.rows["box-12"]
    assert row.rate > 0
    late_s = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: late_s)
    assert row.rate == 0
    assert row.left_s is None
