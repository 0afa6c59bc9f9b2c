"""A push and `config.verify` mean the same place, also where a slash puts it a directory off."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.checkouts import repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd


@pytest.fixture
def top(person: Person) -> Path:
    return repository(person.home / "proj", train_py="train", pkg__a_py="a")


def pushes(person: Person, *words: str) -> Said:
    said = person.types("fab", "-H", "proj-1", "transfer.push", *words)
    assert said.exit_code == 0, said.stderr
    return said


def verifies(person: Person, code: str) -> Said:
    return person.types("fab", "-H", "proj-1", "config.verify", f"--code={code}")


@pytest.mark.usefixtures("box")
def test_the_target_of_a_push_leads_to_its_code_whether_its_path_had_a_slash(top: Path, person: Person) -> None:
    pushes(person, str(top), "--to=work/proj", "--git")
    pushes(person, f"{top}/", "--to=other", "--git")

    below, there = verifies(person, "work/proj"), verifies(person, "other")

    assert (below.exit_code, there.exit_code) == (0, 0), below.stdout + there.stdout
    assert below.stderr == "what was sent to work/proj is at work/proj/proj: proj-1\n"
    assert there.stderr == ""


def test_where_it_can_not_be_told_the_places_are_named(top: Path, box: Sshd, person: Person) -> None:
    pushes(person, f"{top}/", "--to=work/one", "--git")
    shutil.copytree(box.home / "work" / "one", box.home / "work" / "two")

    several, inside, none = verifies(person, "work"), verifies(person, "work/one/pkg"), verifies(person, "nowhere")

    assert [said.exit_code for said in (several, inside, none)] == [21, 21, 21]
    assert "`work` on `proj-1`: there is some at work/one, work/two\n" in several.stdout
    assert "`work/one/pkg` on `proj-1`: there is some at work/one\n" in inside.stdout
    assert "`nowhere` on `proj-1`: no push with --git went there\n" in none.stdout
    assert "hint: --code=work/one\n" in inside.stderr


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("flags", [(), ("--git",), ("--engine=sftp",)], ids=["rsync", "git", "sftp"])
def test_a_directory_that_lands_in_one_of_its_name_is_told_before_it_is_there(
    flags: tuple[str, ...], top: Path, person: Person
) -> None:
    told = f"lands at work/proj/proj; a slash behind the source ({top}/) puts its contents at work/proj\n"

    first = pushes(person, str(top), "--to=work/proj", *flags)
    again = pushes(person, str(top), "--to=work/proj", *flags)
    contents = pushes(person, f"{top}/", "--to=x/proj", *flags)

    assert told in first.stderr
    assert "lands at" not in again.stderr + contents.stderr


def test_so_is_one_that_is_copied_directory_by_directory(box: Sshd, person: Person) -> None:
    (box.home / "runs" / "1").mkdir(parents=True)

    first, again = (person.types("fab", "-H", "proj-1", "transfer.pull-each", "runs", "--to=in/runs") for _ in "12")

    assert f"lands at {person.home}/in/runs/runs; a slash behind the source (runs/)" in first.stderr
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "lands at" not in again.stderr


def test_so_is_one_that_is_pulled_or_spread(box: Sshd, person: Person) -> None:
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "weights").write_text("w")
    (person.home / "data").mkdir()
    (person.home / "data" / "a").write_text("a")

    pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "ckpt", "--to=runs/ckpt")
    spread = person.types("fab", "-H", "proj-1", "transfer.spread", "--path=data", "--to=in/data")

    assert (pulled.exit_code, spread.exit_code) == (0, 0), pulled.stderr + spread.stderr
    assert f"lands at {person.home}/runs/ckpt/ckpt; a slash behind the source (ckpt/)" in pulled.stderr
    assert f"lands at in/data/data; a slash behind the source ({person.home}/data/)" in spread.stderr
