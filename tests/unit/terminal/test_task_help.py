"""The help of a task begins with a line that can be typed as it is."""

from __future__ import annotations

import shlex

import fabric
import fabric.main
import pytest
from invoke import Collection

from ssh_transport.main import FIRST_LINES
from ssh_transport.terminal.executor import Executor
from ssh_transport.terminal.task_help import line
from ssh_transport.terminal.typed_words import TypedWords
from tasks import ns

TASKS = {task.full_name: task for space in ns.collections.values() for task in space.tasks.values()}
COMMANDS = [shlex.split(text.strip().partition("  ")[0]) for text in FIRST_LINES.splitlines() if text.startswith("  ")]


def tasks_in(words: list[str]) -> list[str]:
    """Return the tasks of a line, which is read as `fab` reads it."""
    program = fabric.main.Fab(
        executor_class=Executor, config_class=fabric.Config, namespace=Collection.from_module(__import__("tasks"))
    )
    program.create_config()
    program.parse_core(["fab", *words[1:]])
    program.parse_collection()
    return [str(one.name) for one in TypedWords.of(program).parse_argv(program.core.unparsed)[1:]]


@pytest.mark.parametrize("name", TASKS)
def test_the_example_of_a_task_can_be_typed(name: str) -> None:
    """Every word of it is a flag or a value of that task."""
    assert tasks_in(shlex.split(line(TASKS[name], name, "fab"))) == [name]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_first_lines_can_be_typed(words: list[str]) -> None:
    """Five commands that a newcomer copies."""
    (name,) = tasks_in(words)
    assert name in TASKS


@pytest.mark.parametrize(
    ("program", "name", "expected"),
    [
        ("fab", "config.verify", "fab -H 'proj-*' config.verify"),
        ("inv", "config.verify", "inv config.verify --on 'proj-*'"),
        ("invoke", "config.list", "invoke config.list"),
        ("ssh-transport", "keys.push", "ssh-transport -H proj-1 keys.push"),
        ("__main__.py", "keys.push", "fab -H proj-1 keys.push"),
        ("ssh-transport", "config.list", "ssh-transport config.list"),
        ("fab", "config.list", "fab config.list"),
    ],
)
def test_it_is_for_the_program_that_was_asked(program: str, name: str, expected: str) -> None:
    """Boxes are named as that one names them."""
    assert line(TASKS[name], name, program) == expected


def test_a_name_that_a_team_gave_is_kept() -> None:
    """Their collection may hold ours under another name."""
    assert line(TASKS["keys.push"], "gpu.keys.push", "inv") == "inv gpu.keys.push --on proj-1"
