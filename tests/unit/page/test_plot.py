"""The rate over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.page.plot import HEIGHT, WIDTH, plot
from ssh_transport.terminal.pace import Pace, Sample
from ssh_transport.terminal.progress import Progress


def test_a_cut_and_a_heal_are_where_they_happened() -> None:
    samples = [Sample(0, 0, 1, 0), Sample(10, 100, 1, 0), Sample(20, 100, 2, 0), Sample(40, 500, 2, 1)]

    drawn = plot(samples)

    assert drawn is not None
    assert drawn.cuts == (WIDTH / 2,)
    assert drawn.heals == (WIDTH,)
    assert drawn.top == 20
    assert drawn.points.split()[:3] == ["0.0,60.0", "150.0,60.0", "150.0,120.0"]


def test_what_took_no_time_has_no_line() -> None:
    assert plot([]) is None
    assert plot([Sample(0, 0, 1, 0), Sample(0.4, 5, 1, 0)]) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10**9), st.booleans()), max_size=60))
def test_every_point_is_in_the_picture(steps: list[tuple[float, int, bool]]) -> None:
    at, crossed, attempt, samples = 0.0, 0, 1, []
    for seconds, count, cut in steps:
        at, crossed, attempt = at + seconds, crossed + count, attempt + cut
        samples.append(Sample(round(at, 1), crossed, attempt, 0))

    drawn = plot(samples)

    for point in drawn.points.split() if drawn else ():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_a_long_copy_keeps_few_samples_and_every_cut() -> None:
    clock = iter(range(100_000))
    pace = Pace(lambda: next(clock))
    progress = Progress()
    for number in range(20_000):
        progress.wire_bytes = number
        progress.attempt = 1 + number // 5_000
        pace.note(progress)

    assert len(pace.samples) <= 245
    assert [sample.attempt for sample in pace.samples] == sorted(sample.attempt for sample in pace.samples)
    assert {sample.wire_bytes for sample in pace.samples} >= {5_000, 10_000, 15_000, 19_999}


def test_a_short_copy_keeps_its_end() -> None:
    clock = iter([0, 0.2, 0.9])
    pace = Pace(lambda: next(clock))
    pace.note(Progress(wire_bytes=5))
    pace.note(Progress(wire_bytes=9))

    assert [sample.wire_bytes for sample in pace.samples] == [5, 9]
