"""A password that is wrong is said so before it is asked for again, as `ssh` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fabric import Config
from invoke import Context

from demo.box import EmbeddedBox
from ssh_transport.box import boxes
from ssh_transport.errors import LoginRefused
from ssh_transport.openssh.public_key import public_key
from ssh_transport.operations.authorize import authorize_key
from ssh_transport.terminal import prompt
from tests.support.at_a_terminal import answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def locked(tmp_path: Path, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    (tmp_path / "box").mkdir()
    with EmbeddedBox(home=tmp_path / "box", password="right") as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)
        monkeypatch.setenv("HOME", str(person.home))
        monkeypatch.setattr(prompt, "has_terminal", lambda: True)
        with boxes(Context(Config(lazy=True)), "proj-1")[0] as box:
            yield box


def test_the_second_question_says_that_the_first_answer_was_wrong(
    locked: Box, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter(["wrong", "right"])

    change = authorize_key(locked, public_key(person.identity), ask_password=lambda _: next(typed))

    assert change.made
    assert capsys.readouterr().err.count("proj-1: refused; try again\n") == 1


def test_after_three_it_ends_and_says_what_to_compare(locked: Box, person: Person) -> None:
    typed = iter(["wrong"] * 3)

    with pytest.raises(LoginRefused, match="refused the password") as caught:
        authorize_key(locked, public_key(person.identity), ask_password=lambda _: next(typed))

    assert caught.value.hint == "compare it with what whoever runs it says, and the user too: ssh proj-1"
    assert next(typed, "") == ""


def test_of_four_boxes_one_that_is_never_let_in_costs_the_others_nothing(
    box: Sshd, tmp_path: Path, person: Person
) -> None:
    (tmp_path / "locked").mkdir()
    for name in ("proj-2", "proj-3"):
        person.adds_alias(name, box.port, box.user)
        with (person.ssh / "known_hosts").open("a") as file:
            file.write(f"{name} {box.host_key_line}\n")
    with EmbeddedBox(home=tmp_path / "locked", password="right") as server:
        person.adds_alias("locked-1", server.port)
        line = ("fab", "-H", "proj-1,locked-1,proj-2,proj-3", "keys.push")

        said = answers(person, line, "password for locked-1:", "wrong", "wrong", "wrong")

    assert said.exit_code == 13
    assert said.stdout.count("may log in (no change)") == 3
    assert said.stdout.count("locked-1: refused; try again") == 2
    assert "locked-1: failed (13): `locked-1` refused the password" in said.stdout
    assert said.stdout.count("compare it with what") == 1


def test_who_types_nothing_at_a_terminal_is_not_sent_to_one(tmp_path: Path, person: Person) -> None:
    (tmp_path / "locked").mkdir()
    with EmbeddedBox(home=tmp_path / "locked", password="right") as server:
        person.makes_key()
        person.adds_alias("locked-1", server.port)

        said = answers(person, ("fab", "-H", "locked-1", "keys.push"), "password for locked-1:", "")

    assert said.exit_code == 13
    assert "nothing was typed; to be asked again: fab -H locked-1 keys.push" in said.stdout
