"""`fab -H` reaches our tasks as `--on`, and a team's own tasks as it always did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import fabric
import fabric.main
import invoke
import pytest
from invoke.collection import Collection

from ssh_transport.errors import UsageError
from ssh_transport.errors.translation import excepthook
from ssh_transport.terminal import executor
from ssh_transport.terminal.task import task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invoke.context import Context


@task(help={"on": "Boxes"})
def ours(_: Context, on: str = "") -> None:
    """Take every box at once."""


@task(help={})
def local(_: Context) -> None:
    """Have nothing to do with boxes."""


@invoke.task
def theirs(_: Context, on: str = "monday") -> None:
    """Have an `on` that means something else."""


@pytest.fixture
def program() -> fabric.main.Fab:
    """A `fab` with our executor and three tasks."""
    return fabric.main.Fab(
        executor_class=executor.Executor, config_class=fabric.Config, namespace=Collection(ours, local, theirs)
    )


def calls(program: fabric.main.Fab, *words: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield name, arguments and host of every call that a command line expands to."""
    program.create_config()
    program.parse_core(["fab", *words])
    program.parse_collection()
    program.parse_tasks()
    program.update_config()
    made = executor.Executor(program.collection, program.config, program.core)
    for call in made.expand_calls(made.normalize(program.tasks)):
        yield call.task.name, dict(call.kwargs), dict(getattr(call, "init_kwargs", {}) or {}).get("host", "")


def test_our_task_gets_all_hosts_at_once(program: fabric.main.Fab) -> None:
    """One call, with the hosts of `-H` in its `on`."""
    assert list(calls(program, "-H", "a,b", "ours")) == [("ours", {"on": "a,b"}, "")]


def test_without_hosts_nothing_is_added(program: fabric.main.Fab) -> None:
    """`--on` stands for itself."""
    assert list(calls(program, "ours", "--on", "a")) == [("ours", {"on": "a"}, "")]


def test_a_task_of_the_team_keeps_its_own_on(program: fabric.main.Fab) -> None:
    """It runs once per host, and what its `on` means is not touched."""
    assert list(calls(program, "-H", "a,b", "theirs", "--on", "friday")) == [
        ("theirs", {"on": "friday"}, "a"),
        ("theirs", {"on": "friday"}, "b"),
    ]
    assert [on for _, on, _ in calls(program, "-H", "a,b", "theirs")] == [{"on": "monday"}] * 2


def test_a_task_of_ours_without_boxes_runs_as_fabric_does(program: fabric.main.Fab) -> None:
    """Only an `on` parameter is filled."""
    assert [name for name, _, _ in calls(program, "-H", "a,b", "local")] == ["local", "local"]


def test_each_task_of_one_command_line_gets_its_own(program: fabric.main.Fab) -> None:
    """Ours and theirs stand side by side."""
    found = [(name, host) for name, _, host in calls(program, "-H", "a,b", "ours", "theirs")]

    assert found == [("ours", ""), ("theirs", "a"), ("theirs", "b")]


def test_a_task_of_the_team_runs_on_the_boxes_of_a_group(
    program: fabric.main.Fab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours gets the words as they were typed, and finds out itself."""
    words = {"@train": ["a", "b"], "c": ["c"]}
    monkeypatch.setattr(executor.Executor, "named", lambda _, named: [name for word in named for name in words[word]])
    found = [(name, on.get("on"), host) for name, on, host in calls(program, "-H", "@train,c", "ours", "theirs")]

    assert found == [("ours", "@train,c", ""), *(("theirs", "monday", host) for host in "abc")]


def test_boxes_are_named_once(program: fabric.main.Fab) -> None:
    """`-H` and `--on` together are a mistake, not a choice of ours."""
    with pytest.raises(UsageError, match="boxes are named twice"):
        list(calls(program, "-H", "a", "ours", "--on", "b"))


@pytest.mark.parametrize(("name", "taken"), [("fab", True), ("inv", True), ("pytest", False)])
def test_only_our_programs_get_our_excepthook(name: str, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python program that imports the tasks keeps its own hook for exceptions."""
    monkeypatch.setattr(fabric.main.program, "executor_class", fabric.Executor)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{name}"])
    executor.install(executor.Executor.named, executor.TypedWords.completes, executor.Executor.checks)

    assert fabric.main.program.executor_class is executor.Executor
    assert taken == (sys.excepthook is excepthook)
