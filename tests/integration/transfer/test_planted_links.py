"""A link that an earlier pull has brought stands where a directory is to go: nothing is led astray by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.copying import held, write
from tests.support.tools import runs_nothing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

GUARDED, LOCAL_FILE = 7, 30


@pytest.fixture
def mine(box: Sshd, person: Person) -> Path:
    """The person's own directory, to which `./proj-1/runs` leads since they pulled it from there."""
    for name in ("tool", "mine0", "mine1", "mine2"):
        write(person.home / "bin" / name, "mine")
    (box.home / "a").mkdir()
    (box.home / "a" / "runs").symlink_to(person.home / "bin")
    assert person.types("fab", "-H", "proj-1", "transfer.pull", "--path=a/").exit_code == 0
    assert (person.home / "proj-1" / "runs").is_symlink()
    write(box.home / "runs" / "tool", "evil", mtime_s=1_600_000_100)
    for number in range(2):
        write(box.home / "runs" / f"mine{number}", "mine")
    write(box.home / "runs" / "sub" / "x", "evil")
    return person.home / "bin"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("transfer.pull", "--engine=sftp", "--delete"), {GUARDED}),
        (("transfer.pull", "--engine=rsync", "--delete"), {GUARDED}),
        (("transfer.pull-each", "--engine=sftp"), {GUARDED}),
        (("transfer.pull-each", "--engine=rsync"), {GUARDED}),
        (("transfer.watch", "--every=1", "--settle=1", "--until=tool"), {LOCAL_FILE}),
    ],
)
def test_nothing_is_written_or_deleted_where_the_link_leads(
    words: tuple[str, ...], codes: set[int], mine: Path, person: Person
) -> None:
    before = held(mine)
    for _ in range(2):
        said = person.types("fab", "-H", "proj-1", *words, "--path=runs")

        assert said.exit_code in codes, said.stderr
        assert held(mine) == before


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("runs_commands", [True, False])
def test_a_push_neither_goes_through_a_link_of_the_box_nor_puts_a_directory_in_its_place(
    engine: str, box: Sshd, person: Person, *, runs_commands: bool
) -> None:
    write(box.home / "keep" / "tool", "theirs")
    (box.home / "to").mkdir()
    (box.home / "to" / "runs").symlink_to(box.home / "keep")
    write(person.home / "runs" / "tool", "mine", mtime_s=1_600_000_100)
    if not runs_commands:
        runs_nothing(box)
        engine = "auto"

    said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=runs", "--to=to/", f"--engine={engine}")

    assert said.exit_code == GUARDED
    assert held(box.home / "keep") == {b"tool": b"theirs"}
    assert (box.home / "to" / "runs").is_symlink()


def test_a_target_that_a_person_names_may_be_a_link(box: Sshd, person: Person) -> None:
    write(box.home / "runs" / "tool", "new")
    (person.home / "disk").mkdir()
    (person.home / "out").symlink_to(person.home / "disk")

    for task in ("pull", "pull-each"):
        for engine in ("sftp", "rsync"):
            said = person.types(
                "fab", "-H", "proj-1", f"transfer.{task}", "--path=runs", "--to=out/", f"--engine={engine}"
            )
            assert said.exit_code == 0, said.stderr
    assert held(person.home / "disk")[b"runs/tool"] == b"new"
