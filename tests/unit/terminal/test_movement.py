"""A copy that does not move says so, and for how long."""

from __future__ import annotations

import pytest

from ssh_transport.terminal.movement import Movement
from ssh_transport.terminal.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def movement(clock: Clock) -> Movement:
    return Movement(clock)


def test_before_and_after_the_copy_nothing_stalls(movement: Movement, clock: Clock) -> None:
    clock.now_s = 100
    assert movement.stalled == ""

    movement.see(Progress(total_bytes=5, done_bytes=5))
    clock.now_s = 200
    assert movement.stalled == ""


def test_what_stands_still_for_ten_seconds_is_stalled_until_it_moves(movement: Movement, clock: Clock) -> None:
    progress = Progress(total_bytes=5_000_000, done_bytes=1_000_000)
    movement.see(progress)

    for now_s, says in ((9, ""), (15, "stalled for 15 s"), (150, "stalled for 2 min")):
        clock.now_s = now_s
        assert movement.stalled == says
    progress.done_bytes += 1
    assert movement.stalled == ""
    assert movement.done == "1.0 MB of 5.0 MB"


def test_what_crosses_the_link_is_movement_though_no_file_grows(movement: Movement, clock: Clock) -> None:
    """As while both ends compare what is there already."""
    crossed = iter(range(100))
    movement.see(Progress(total_bytes=5, wire_now=lambda: next(crossed)))

    clock.now_s = 50

    assert movement.stalled == ""


def test_it_is_said_after_ten_seconds_and_then_ever_less(movement: Movement, clock: Clock) -> None:
    progress = Progress(total_bytes=5, done_bytes=1)
    movement.see(progress)
    said = {}
    for now_s in range(100):
        clock.now_s = now_s
        if news := movement.news:
            said[now_s] = news
    assert said == {10: "stalled for 10 s", 20: "stalled for 20 s", 40: "stalled for 40 s", 80: "stalled for 1 min"}

    progress.done_bytes += 1
    assert movement.news == ""
    clock.now_s += 12
    assert movement.news == "stalled for 12 s"
