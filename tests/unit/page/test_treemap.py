"""Rectangles that fill a rectangle."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.page.treemap import treemap

SIZES = st.lists(st.integers(0, 10**14), min_size=1, max_size=80).filter(any)


@given(SIZES, st.floats(10, 1000), st.floats(10, 1000))
@example([1, 12_666_224_530], 600, 260)
def test_areas_are_in_proportion_and_fill_the_whole(sizes: list[int], width: float, height: float) -> None:
    places = treemap(sizes, width, height)

    assert {place.index for place in places} == {n for n, value in enumerate(sizes) if value * 1_000_000 > sum(sizes)}
    for place in places:
        expected = sizes[place.index] / sum(sizes[one.index] for one in places) * width * height
        assert math.isclose(place.width * place.height, expected, rel_tol=1e-6)
        assert place.x >= -1e-6
        assert place.y >= -1e-6
        assert place.x + place.width <= width * (1 + 1e-6)
        assert place.y + place.height <= height * (1 + 1e-6)


@given(SIZES)
def test_no_two_overlap(sizes: list[int]) -> None:
    places = treemap(sizes, 100, 60)

    for number, one in enumerate(places):
        for other in places[number + 1 :]:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(wide, high) <= 1e-6


def test_equal_sizes_are_near_to_squares() -> None:
    assert all(0.5 <= place.width / place.height <= 2 for place in treemap([1] * 12, 600, 260))
