"""A copy of nothing is not green without a word: a filter that leaves nothing is mostly a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

NOTHING = "warning: nothing was copied: --exclude leaves out all that `proj-1:ck/` holds"


@pytest.fixture
def _checkpoint(box: Sshd) -> None:
    (box.home / "ck" / "step 1").mkdir(parents=True)
    (box.home / "ck" / "step 1" / "a.bin").write_bytes(b"weights")


def pulls(person: Person, engine: dict[str, str], *flags: str) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=to/", *flags, env=engine)


@pytest.mark.usefixtures("_checkpoint")
@pytest.mark.parametrize("flags", [(), ("--dry-run",), ("--verify",)], ids=["pull", "dry run", "verified"])
def test_a_filter_that_leaves_nothing_is_said(person: Person, engine: dict[str, str], flags: tuple[str, ...]) -> None:
    said = pulls(person, engine, "--exclude=*.bin", "--json", *flags)

    assert said.exit_code == 0, said.stderr
    assert NOTHING in said.stderr
    assert said.json["matched"] == 0


@pytest.mark.usefixtures("_checkpoint")
def test_what_has_arrived_before_was_matched(person: Person, engine: dict[str, str]) -> None:
    first, second = (pulls(person, engine, "--exclude=*.tmp", "--json") for _ in range(2))

    assert [said.json["matched"] for said in (first, second)] == [1, 1]
    assert [said.json["files"] for said in (first, second)] == [1, 0]
    assert "nothing was copied" not in first.stderr + second.stderr


def test_an_empty_directory_is_said(box: Sshd, person: Person, engine: dict[str, str]) -> None:
    (box.home / "ck").mkdir()

    said = pulls(person, engine)

    assert said.exit_code == 0
    assert "warning: nothing was copied: `proj-1:ck/` holds no file" in said.stderr


@pytest.mark.usefixtures("_checkpoint")
def test_a_single_file_that_is_there_was_matched(person: Person, engine: dict[str, str]) -> None:
    flags = ("--path=ck/step 1/a.bin", "--to=a.bin")
    first, second = (person.types("fab", "-H", "proj-1", "transfer.pull", *flags, env=engine) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "nothing was copied" not in first.stderr + second.stderr
