"""A plan becomes parts, and parts become the plan again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.bucket.parts import cut

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
