"""A symlink that leads to itself can't be followed, and keeps nothing else from being copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.copying import UNREADABLE, copying, held, write

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.mark.parametrize("by", ["rsync", "sftp"])
@pytest.mark.parametrize("task", ["pull", "push"])
@pytest.mark.parametrize("delete", [False, True], ids=["", "--delete"])
def test_a_looping_symlink_stops_nothing_but_itself(
    box: Sshd, person: Person, task: str, by: str, *, delete: bool
) -> None:
    """It is named; what could be in its place at the target is not deleted."""
    copy = copying(person, box, task, by)
    for number in range(5):
        write(copy.source / f"{number}")
        write(copy.target / "deep" / f"{number}")
        write(copy.source / "deep" / f"{number}")
    write(copy.source / "deep" / "zz")
    (copy.source / "loop").symlink_to("loop")
    (copy.source / "deep" / "one").symlink_to("other")
    (copy.source / "deep" / "other").symlink_to("one")
    write(copy.target / "loop", "what it led to once")
    write(copy.target / "only there")

    said = copy.types("--copy-links", *(["--delete"] if delete else []))

    there = held(copy.target)
    assert {f"{number}".encode() for number in range(5)} | {b"deep/zz"} <= there.keys(), said.stderr
    assert said.exit_code in UNREADABLE, said.stderr
    assert "loop" in said.stderr
    assert "deep/one" in said.stderr or "deep/other" in said.stderr
    assert there[b"loop"] == b"what it led to once"
    assert b"only there" in there
