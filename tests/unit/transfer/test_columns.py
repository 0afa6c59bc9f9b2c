"""The long lists of a plan say what went in, and are small."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.transfer.columns import Changes, Write, Writes
from ssh_transport.transfer.rsync import output
from ssh_transport.transfer.rsync.plan import plan_of

NAMES = st.text(max_size=8)
SIZES = st.integers(0, 2**63 - 1)
WRITES = st.lists(st.builds(Write, NAMES, SIZES, st.booleans(), st.booleans(), st.booleans(), NAMES))
FILES = 20_000


@pytest.mark.slow
@given(WRITES)
def test_what_is_written_comes_out_as_it_went_in(writes: list[Write]) -> None:
    held = Writes(writes)

    assert (list(held), len(held), bool(held)) == (writes, len(writes), bool(writes))
    assert all(write in held for write in writes)


@given(st.lists(st.tuples(NAMES, NAMES)), NAMES)
def test_lines_are_made_of_their_word_and_name(lines: list[tuple[str, str]], gone: str) -> None:
    held = Changes(lines)

    assert (list(held), len(held)) == ([f"{word} {name}" for word, name in lines], len(lines))
    assert list(held.without({gone})) == [f"{word} {name}" for word, name in lines if name != gone]


@pytest.mark.slow
def test_a_plan_takes_less_than_150_bytes_for_each_file() -> None:
    """A million files are planned on a small machine."""
    token = "t" * 32
    form = output.out_format(token).replace("%i", ">f+++++++++").replace("%l", "70000").replace("%L", "")
    lines = (form.replace("%n", f"run/step-{number:08d}/part.bin").encode() for number in range(FILES))
    tracemalloc.start()
    try:
        plan = plan_of(
            output.announced(lines, token),
            dangling=(),
            root="/",
            renamed="",
            unlisted="",
            top="",
            resume_over_bytes=1 << 20,
            options=(),
            in_place=False,
            deletes=False,
        )
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (plan.files, len(plan.writes), len(plan.changes)) == (FILES, FILES, FILES)
    assert held_bytes / FILES < 150
