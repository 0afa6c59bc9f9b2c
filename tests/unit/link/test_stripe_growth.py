"""How many lanes there should be: as many as make the whole faster."""

from __future__ import annotations

from ssh_transport.link.stripe.growth import Growth


class Line:
    """Carries so much in all, however many lanes; each lane carries so much at most."""

    def __init__(self, growth: Growth, *, each: int, all_of_them: int) -> None:
        self.growth, self.each, self.all = growth, each, all_of_them
        self.now_s, self.carried = 0.0, 0

    def runs(self, seconds: float, lanes: int | None = None) -> int:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            up = self.growth.wanted if lanes is None else lanes
            self.now_s += 0.1
            self.carried += int(min(up * self.each, self.all) * 0.1)
            self.growth.look(up, self.carried, 0.1, self.now_s)
        return self.growth.wanted


def test_there_are_more_as_long_as_each_of_them_helps() -> None:
    line = Line(Growth(8, 16), each=1_000_000, all_of_them=10**9)
    assert line.runs(1.0) == 8
    assert line.runs(1.0) == 12
    assert line.runs(10) == 16


def test_a_full_line_gets_no_more_than_two_tries() -> None:
    assert Line(Growth(8, 32), each=10_000_000, all_of_them=40_000_000).runs(30) == 16


def test_a_fixed_number_stays() -> None:
    assert Line(Growth(4, 4), each=1_000_000, all_of_them=10**9).runs(30) == 4


def test_nothing_is_learned_while_lanes_are_missing_or_nothing_is_sent() -> None:
    line = Line(Growth(8, 16), each=1_000_000, all_of_them=10**9)
    assert line.runs(30, lanes=5) == 8
    assert Line(Growth(8, 16), each=0, all_of_them=0).runs(30) == 8
    assert line.runs(2) == 12
