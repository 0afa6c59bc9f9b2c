"""Directories that their owner may not list or enter, at either end: told, and nothing is deleted for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conftest import lets_in
from tests.support.copying import check_honest, copying, held, write
from tests.support.ordinary import UNDER, make_ordinary
from tests.support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sshd import Sshd


class Case(NamedTuple):
    """A directory at one end, by what its owner may; whether the target has most of it, and something more."""

    mode: int
    end: str
    flags: tuple[str, ...] = ()
    is_kept: bool = True


DELETE = ("--delete",)
CASES = {
    "lists names and can not look at them, for the first time": Case(0o444, "source", is_kept=False),
    "lists names and can not look at them, with --delete": Case(0o444, "source", DELETE),
    "enters and can not list": Case(0o111, "source"),
    "enters and can not list, with --delete": Case(0o111, "source", DELETE),
    "may nothing, with --delete": Case(0, "source", DELETE),
    "lists what stands there and can not look at it": Case(0o444, "target"),
    "lists what stands there and can not look at it, with --delete": Case(0o444, "target", DELETE),
    "enters what stands there and can not list it, with --delete": Case(0o111, "target", DELETE),
    "may nothing with what stands there, with --delete": Case(0, "target", DELETE),
}


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Somebody whom permissions stop, whoever runs the tests."""
    return Person(tmp_path / "you", forks=True, under=UNDER)


@pytest.fixture
def ordinary_box(person: Person, sshd: Sshd) -> Sshd:
    """A box on which permissions stop the login user; the person calls it ``proj-1``."""
    make_ordinary(sshd)
    lets_in(sshd, person)
    person.adds_alias("proj-1", sshd.port, sshd.user)
    (person.ssh / "known_hosts").write_text(f"proj-1 {sshd.host_key_line}\n")
    return sshd


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("by", ["rsync", "sftp"])
@pytest.mark.parametrize("task", ["pull", "push"])
def test_a_directory_of_which_its_owner(ordinary_box: Sshd, person: Person, task: str, by: str, case: Case) -> None:
    """The bits decide, not the name of the user."""
    copy = copying(person, ordinary_box, task, by)
    for end in (copy.source, *([copy.target] if case.is_kept else [])):
        for name in ("closed/both", "closed/both too", "closed/deep/both", "beside/both", "beside/both too"):
            write(end / name)
    write(copy.source / "closed" / "new")
    write(copy.source / "zz new")
    if case.is_kept:
        write(copy.target / "closed" / "only there")
        write(copy.target / "beside" / "only there")
    source, before = held(copy.source), held(copy.target)
    (copy.source if case.end == "source" else copy.target).joinpath("closed").chmod(case.mode)

    said = copy.types(*case.flags)

    # Else an ordinary user's test may not look at it either.
    for end in (copy.source, copy.target):
        if (end / "closed").exists():
            (end / "closed").chmod(0o700)
    check_honest(said, source, before, held(copy.target), delete="--delete" in case.flags, told="closed")
