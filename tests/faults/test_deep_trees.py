"""Trees beyond PATH_MAX, at either end: copied whole, or told and nothing deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.copying import check_honest, copying, held, write
from tests.support.deep import dig, fill_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.copying import Copying
    from tests.support.person import Person
    from tests.support.sshd import Sshd

# Of a path that is that long, what is told is shortened.
TOLD = "d" * 20
# So that what would have to go is not most of what is there.
ENOUGH = 80


@pytest.fixture(params=["rsync", "sftp"])
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["pull", "push"])
def copy(request: pytest.FixtureRequest, box: Sshd, person: Person, by: str) -> Iterator[Copying]:
    made = copying(person, box, request.param, by)
    for number in range(ENOUGH):
        for end in (made.source, made.target):
            write(end / f"both {number}")
    yield made
    for end in (made.source, made.target):
        fill_in(end)


with_and_without_delete = pytest.mark.parametrize("delete", [False, True], ids=["", "--delete"])


@with_and_without_delete
def test_a_source_that_is_deeper_than_any_path_is_not_whole(copy: Copying, *, delete: bool) -> None:
    """The target has nearly all of it, from a time when it could be copied."""
    dig(copy.source, "both", "new")
    dig(copy.target, "both", "only there")
    write(copy.target / "beside")
    source, before = held(copy.source), held(copy.target)

    said = copy.types(*(["--delete"] if delete else []))

    check_honest(said, source, before, held(copy.target), delete=delete, told=TOLD)


@with_and_without_delete
def test_a_target_that_is_deeper_than_any_path_is_told(copy: Copying, *, delete: bool) -> None:
    """What the source has lies beside it; with `--delete` it would have to go."""
    dig(copy.target, "only there")
    write(copy.source / "beside")
    source, before = held(copy.source), held(copy.target)

    said = copy.types(*(["--delete"] if delete else []))

    check_honest(said, source, before, held(copy.target), delete=delete, told=TOLD)
