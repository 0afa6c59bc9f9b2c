"""A task is quiet for a program that calls it, and speaks to a person who typed it."""

from __future__ import annotations

import inspect
import json
import logging
import pydoc
import re
from typing import TYPE_CHECKING, Any

import invoke
import pytest
from ssh_transport.tasks import transfer

from ssh_transport import errors
from ssh_transport.terminal import command_line, report
from ssh_transport.terminal.at_once import AtOnce, asked
from ssh_transport.terminal.task import OurTask, task
from tests.support.ours import raises

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = invoke.Context()


@task(help={"json": "JSON"})
def greet(c: invoke.Context, name: str, json: bool = False) -> str:
    """Say hello."""
    report.result(f"hello {name}", as_json=json)
    return name


@task(help={"json": "JSON"})
def breaks(c: invoke.Context, json: bool = False) -> None:
    """Do not work."""
    raises(errors.NoSpace("full", cause="0 bytes", hint="df -h"))


def test_a_call_returns_and_prints_nothing(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="ssh_transport")

    assert greet(CONTEXT, "Ada") == "Ada"
    assert capsys.readouterr() == ("", "")
    assert "hello Ada" in caplog.text


def test_who_types_it_reads_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    greet.as_typed()(CONTEXT, "Ada")

    assert capsys.readouterr().out == "hello Ada\n"


def test_a_call_says_how_many_boxes_run_at_once() -> None:
    """For its own time alone; a task that has such an argument keeps it."""

    @task(help={})
    def tells(_: invoke.Context) -> AtOnce:
        return asked()

    @task(help={})
    def has_jobs(_: invoke.Context, jobs: int = 1) -> tuple[int, AtOnce]:
        return jobs, asked()

    assert tells(CONTEXT, jobs=3, stop_on_error=True) == AtOnce(3, stop_on_error=True)
    assert has_jobs(CONTEXT, jobs=3) == (3, AtOnce())
    assert asked() == AtOnce()


@pytest.mark.parametrize(
    ("given", "says"),
    [({"jobs": -1}, "jobs is a whole number"), ({"jobs": "3"}, "jobs is a"), ({"stop_on_error": 1}, "True or False")],
    ids=str,
)
def test_a_number_of_boxes_that_can_not_be_meant_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        greet(CONTEXT, "Ada", **given)


def test_a_call_that_asks_for_json_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    greet(CONTEXT, "Ada", json=True)

    entry = {"task": "greet", "ok": True, "result": "hello Ada"}
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "ok": True, "tasks": [entry], "not_run": []}


def test_a_command_line_prints_one_document_for_all_its_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    def chain() -> None:
        with command_line.under_way(as_json=True):
            line = command_line.current()
            assert line
            line.planned, line.begun = ["greet", "breaks", "never"], 2
            greet.as_typed()(CONTEXT, "Ada")
            breaks.as_typed()(CONTEXT)

    with pytest.raises(errors.NoSpace):
        chain()

    document = json.loads(capsys.readouterr().out)
    assert [(entry["task"], entry["ok"]) for entry in document["tasks"]] == [("greet", True), ("breaks", False)]
    assert document["not_run"] == ["never"]
    assert document["ok"] is False
    assert document["tasks"][1]["error"] == {
        "class": "NoSpace",
        "exit_code": 23,
        "what": "full",
        "cause": "0 bytes",
        "hint": "df -h",
        "known_problem": None,
    }


@pytest.mark.parametrize("make", [lambda: greet, greet.as_typed], ids=["called", "typed"])
def test_both_are_the_same_task(make: Callable[[], Any]) -> None:
    made = make()

    assert isinstance(made, OurTask)
    assert made == greet
    assert [argument.name for argument in made.get_arguments()] == ["name", "json"]


def test_ctrl_c_in_a_call_stays_ctrl_c() -> None:
    """A loop over boxes that catches `Exception` must not go on after it."""

    @task(help={})
    def stops(c: invoke.Context) -> None:
        """Be interrupted."""
        raises(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        stops(CONTEXT)


def test_help_texts_are_there_however_often_a_task_is_asked() -> None:
    """Invoke takes them out of the task: a completion would have none."""

    @task(help={"on": "Boxes"})
    def once(_: invoke.Context, on: str = "") -> None:
        """Be asked twice."""

    first, second = (once.get_arguments()[0].help for _ in range(2))
    assert first == second == "Boxes"


def test_help_and_editors_show_what_a_caller_hands_over() -> None:
    shown = pydoc.plain(pydoc.render_doc(transfer.pull))
    signature = inspect.signature(transfer.pull)

    assert [*signature.parameters][:3] == ["c", "path", "to"]
    assert {"exclude", "dry_run", "cancel", "deadline", "on_progress"} <= signature.parameters.keys()
    assert "how" not in signature.parameters
    assert "pull(c: Context, path: str, to: str = ''" in _on_one_line(shown)
    assert "Copy a file or tree from a box" in shown
    assert inspect.unwrap(transfer.pull).__name__ == "pull"
    assert transfer.pull.__doc__.startswith("Copy a file or tree")


def test_a_collection_that_is_copied_changes_none_of_its_tasks_for_another() -> None:
    own = invoke.Collection.from_module(transfer).tasks["pull"]
    own.pre.append(transfer.push)
    own.help["path"] = "mine"

    assert transfer.pull.pre == []
    assert transfer.pull.help["path"] != "mine"


def test_help_of_a_namespace_lists_its_tasks_as_functions() -> None:
    shown = pydoc.plain(pydoc.render_doc(transfer))

    assert " push(c: Context, path: str, to: str" in _on_one_line(shown.partition("FUNCTIONS")[2])


def _on_one_line(shown: str) -> str:
    """Take the line ends out of signatures, and the quotes off their types: Python 3.13 and 3.14 show them so."""
    return re.sub(r"\(\s+", "(", re.sub(r"\s+", " ", re.sub(r": '(\w+)'", r": \1", shown)))
