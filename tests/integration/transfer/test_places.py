"""A box and a path in one word, as scp and rsync have it, wherever a box and a path are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture(autouse=True)
def _files(box: Sshd, person: Person) -> None:
    (box.home / "ck" / "run").mkdir(parents=True)
    (box.home / "ck" / "run" / "w").write_text("weights")
    (person.home / "mine" / "run").mkdir(parents=True)
    (person.home / "mine" / "run" / "d").write_text("data")


@pytest.mark.parametrize("program", ["fab", "inv", "ssh-transport"])
def test_a_pull_and_a_push_are_typed_as_for_scp(program: str, box: Sshd, person: Person) -> None:
    pulled = person.types(program, "transfer.pull", "proj-1:ck")
    pushed = person.types(program, "transfer.push", "./mine/", "proj-1:up/")

    assert (pulled.exit_code, pushed.exit_code) == (0, 0), pulled.stderr + pushed.stderr
    assert (person.home / "proj-1" / "ck" / "run" / "w").read_text() == "weights"
    assert (box.home / "up" / "run" / "d").read_text() == "data"


@pytest.mark.parametrize(
    "words",
    [
        ("transfer.pull-each", "proj-1:ck/", "--to=to/"),
        ("transfer.push-each", "mine/", "proj-1:up/"),
        ("transfer.get", "proj-1:ck/run/w"),
        ("transfer.put", "mine/run/d", "proj-1:d"),
        ("transfer.watch", "proj-1:ck/", "--rounds=1", "--every=1", "--settle=1"),
        ("transfer.verify", "--path=proj-1:ck/", "--to=mine"),
    ],
    ids=lambda words: words[0],
)
def test_so_is_every_other_task_of_a_box_and_a_path(words: tuple[str, ...], person: Person) -> None:
    said = person.types("inv", *words)

    # The comparison finds that the two are not the same.
    assert said.exit_code == (27 if words[0] == "transfer.verify" else 0), said.stderr
    assert "proj-1" in said.stdout + said.stderr


def test_where_the_box_is_named_a_colon_is_part_of_the_path(box: Sshd, person: Person) -> None:
    (box.home / "a:b").write_text("odd")

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "a:b", "--to=to/")

    assert said.exit_code == 0, said.stderr
    assert (person.home / "to" / "a:b").read_text() == "odd"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("transfer.push", "mine", "--to=proj-1:up"), "`proj-1:up` names a box, and `proj-1` is named already"),
        (("transfer.pull", "proj-1:ck"), "`proj-1:ck` names a box, and `proj-1` is named already"),
        (
            ("transfer.pull", "ck", "--to=proj-1:up"),
            "`proj-1:up` is on a box, and transfer.pull ends on this machine",
        ),
    ],
)
def test_an_alias_before_a_colon_makes_no_directory_that_is_called_so(
    words: tuple[str, ...], what: str, box: Sshd, person: Person
) -> None:
    """Where a box has its own place already; nothing would say that the files are elsewhere than meant."""
    said = person.types("fab", "-H", "proj-1", *words)

    assert said.exit_code == 2
    assert what in said.stderr
    assert not [path for home in (box.home, person.home) for path in home.glob("proj-1*")]


def test_a_path_that_is_called_like_an_alias_is_written_with_a_slash(box: Sshd, person: Person) -> None:
    pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "ck", "--to=./proj-1:here/")
    pushed = person.types("fab", "-H", "proj-1", "transfer.push", "mine/", "--to=./proj-1:there/")

    assert (pulled.exit_code, pushed.exit_code) == (0, 0), pulled.stderr + pushed.stderr
    assert (person.home / "proj-1:here" / "ck" / "run" / "w").exists()
    assert (box.home / "proj-1:there" / "run" / "d").exists()
