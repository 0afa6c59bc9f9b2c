"""Help is for a namespace too, and a list is of one: what else is asked of them is told in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.typed_line import slip

if TYPE_CHECKING:
    from tests.support.person import Person


@pytest.mark.parametrize("words", ["--help transfer", "--help=transfer", "transfer --help", "transfer -h"])
@pytest.mark.parametrize("program", ["fab", "inv", "ssh-transport"])
def test_help_of_a_namespace_is_the_list_of_its_tasks(program: str, words: str, person: Person) -> None:
    said = person.types(program, *words.split())

    assert said.exit_code == 0, said.stderr
    assert "  .pull-each " in said.stdout
    assert said.stdout == person.types(program, "--list=transfer").stdout


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (
            "--list=keys.check",
            "`keys.check` is a task, and --list takes a namespace",
            "ssh-transport keys.check --help",
        ),
        ("-l keys.check", "`keys.check` is a task, and --list takes a namespace", "--list=keys"),
        ("--list=keys.chek", "there is no task `keys.chek`", "did you mean keys.check?"),
        ("--help=keys.chek", "there is no task `keys.chek`", "did you mean keys.check?"),
        ("--help nothing", "there is no task `nothing`", "all tasks: ssh-transport --list"),
    ],
)
def test_what_is_neither_is_told_with_what_is_meant(words: str, what: str, hint: str) -> None:
    error = slip(*words.split())

    assert error.what == what
    assert hint in error.hint
