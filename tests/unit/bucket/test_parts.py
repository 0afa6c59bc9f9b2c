"""A plan becomes parts, and parts become the plan again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.bucket.parts import MOST_BYTES, cut, part_bytes_of

SIZES = st.lists(st.integers(0, 5_000), max_size=30)


@given(SIZES, st.integers(1, 3_000))
def test_every_byte_is_in_one_part(sizes: list[int], part_bytes: int) -> None:
    parts = cut(sizes, part_bytes)

    found: dict[int, int] = {}
    for part in parts:
        for file, offset, length in part.slices:
            assert found.get(file, 0) == offset
            assert length > 0
            found[file] = offset + length
    assert found == {number: size for number, size in enumerate(sizes) if size}


@given(SIZES, st.integers(1, 3_000))
def test_all_parts_but_the_last_are_full(sizes: list[int], part_bytes: int) -> None:
    parts = cut(sizes, part_bytes)

    assert [part.number for part in parts] == list(range(len(parts)))
    assert all(part.length == part_bytes for part in parts[:-1])
    assert all(0 < part.length <= part_bytes for part in parts[-1:])


@given(st.integers(64 << 20, 64 * MOST_BYTES))
def test_a_cut_of_three_that_are_stored_costs_a_fraction_of_the_copy(total_bytes: int) -> None:
    """Half of each on the average, of four cuts less than a fifth at the worst size."""
    part_bytes = part_bytes_of(total_bytes)

    assert 4 * 1.5 * part_bytes < total_bytes / 5
    assert 1 << 20 <= part_bytes <= MOST_BYTES


def test_parts_of_much_are_small_enough_to_be_held_in_memory() -> None:
    assert part_bytes_of(10**13) == MOST_BYTES
