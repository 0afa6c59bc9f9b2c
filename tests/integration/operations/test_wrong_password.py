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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person


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
