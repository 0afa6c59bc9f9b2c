"""One document of one shape, whatever the task, the boxes and the outcome."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from ssh_transport.terminal.schema import Document
from tasks import ns
from tests.support import json_examples
from tests.support.platform_command import LISTS

if TYPE_CHECKING:
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

# Each task as a person would type it on a box that has nothing but a directory `ck`.
WORDS = {
    "keys.generate": (),
    "keys.push": (),
    "keys.check": (),
    "keys.list": (),
    "keys.revoke": ("no-such-key",),
    "config.add": ("new", "ssh -p 2222 root@203.0.113.7"),
    "config.update": ("proj-1", "2222"),
    "config.forget": ("proj-1",),
    "config.sync": ("vastai",),
    "config.list": (),
    "config.show": ("proj-1",),
    "config.remove": ("proj-1",),
    "config.verify": (),
    "config.doctor": (),
    "config.profiles": (),
    "config.explain": ("T6",),
    "transfer.pull": ("--path=ck/", "--to=to/{box}/"),
    "transfer.push": ("--path=mine/", "--to=up/"),
    "transfer.pull-each": ("--path=ck/", "--to=to/{box}/"),
    "transfer.push-each": ("--path=mine/", "--to=up/"),
    "transfer.watch": ("--path=ck/", "--to=to/", "--rounds=1"),
    "transfer.copy": ("--from=proj-1:ck/", "--to=proj-2:there/"),
    "transfer.spread": ("--path=mine/", "--to=up/"),
    "transfer.get": ("--path=ck/a", "--to={box}/a"),
    "transfer.put": ("--path=mine/b", "--to=b"),
    "transfer.verify": ("--path=ck/", "--to=to/{box}/"),
    "transfer.receipt": ("nowhere",),
    "transfer.relay": ("nowhere",),
    "secrets.push": ("mine", "--file=mine/b", "--whole"),
    "secrets.verify": ("wandb",),
    "secrets.list": (),
    "secrets.forget": ("mine",),
    "secrets.env": ("wandb",),
    "hygiene.crlf": ("--path=ck",),
    "hygiene.gitattributes": (),
    "hygiene.lint": (),
    "hygiene.stop": ("no-such-program",),
    "hygiene.relaunch": ("no-such-program", "--run=sleep 9", "--alive=1"),
    "hygiene.audit": (),
    "hygiene.leave": (),
}
ON_THIS_MACHINE = {
    *("keys.generate", "config.add", "config.update", "config.forget", "config.list", "config.show", "config.remove"),
    *("config.sync", "config.profiles", "config.explain", "transfer.copy", "transfer.relay", "hygiene.gitattributes"),
    "hygiene.lint",
}
ONE_BOX = {"transfer.watch"}
FOR_BOXES = sorted(WORDS.keys() - ON_THIS_MACHINE)
TEAM = """
from invoke import task
from ssh_transport.tasks import ns

@task
def boom(c):
    raise ValueError("ours")

ns.add_task(boom)
"""
CHANGES = [
    *(
        "transfer.pull",
        "transfer.push",
        "transfer.pull-each",
        "transfer.spread",
        "transfer.get",
        "transfer.put",
        "secrets.push",
    ),
    *("secrets.forget", "hygiene.stop", "hygiene.relaunch", "hygiene.leave"),
]


@pytest.fixture
def _things(box: Sshd, person: Person) -> None:
    (box.home / "ck" / "run").mkdir(parents=True)
    (box.home / "ck" / "a").write_text("weights")
    (person.home / "mine" / "run").mkdir(parents=True)
    (person.home / "mine" / "b").write_text("data")
    person.adds_alias("proj-2", 1)
    (person.home / "invoke.yaml").write_text("transfer: {attempts: 1}\n")
    profiles = person.home / ".config" / "ssh-transport" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "vastai.toml").write_text(LISTS)


def document(said: Said) -> Document:
    """Read it strictly; it is one line, and agrees with the exit code."""
    assert len(said.stdout.splitlines()) == 1, said.stderr
    assert said.stdout.isascii()
    found = msgspec.json.decode(said.stdout, type=Document)
    assert found.ok == (said.exit_code == 0), said.stderr
    assert "Traceback" not in said.stderr
    return found


def typed(task: str) -> list[str]:
    return [json_examples.own(word) for word in WORDS[task]]


def test_every_task_is_here() -> None:
    assert {task.full_name for room in ns.collections.values() for task in room.tasks.values()} == WORDS.keys()


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("task", FOR_BOXES)
def test_a_task_for_one_box_answers_by_box(task: str, person: Person) -> None:
    said = person.types("inv", task, *typed(task), "--on=proj-1", "--json")

    (entry,) = document(said).tasks
    assert entry.task == task
    assert json_examples.holds(task, (*WORDS[task], "--on=proj-1"), said.stdout, person)
    assert isinstance(entry.boxes, dict)
    assert list(entry.boxes) == ["proj-1"]


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("task", sorted(set(FOR_BOXES) - ONE_BOX))
def test_of_two_boxes_the_dead_one_has_an_error(task: str, person: Person) -> None:
    said = person.types("inv", task, *typed(task), "--on=proj-1,proj-2", "--json")

    (entry,) = document(said).tasks
    assert isinstance(entry.boxes, dict)
    assert list(entry.boxes) == ["proj-1", "proj-2"]
    dead = entry.boxes["proj-2"]
    assert not dead.ok or task == "secrets.env"
    if isinstance(dead.error, msgspec.Struct):
        assert dead.error.what
        assert dead.error.exit_code in range(1, 256)


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("task", sorted(ON_THIS_MACHINE))
def test_a_task_for_this_machine_answers_for_itself(task: str, person: Person) -> None:
    said = person.types("inv", task, *typed(task), "--json")

    (entry,) = document(said).tasks
    assert entry.task == task
    assert json_examples.holds(task, WORDS[task], said.stdout, person)
    if task != "config.forget":
        assert entry.boxes is msgspec.UNSET


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("task", CHANGES)
def test_a_dry_run_has_the_same_shape(task: str, person: Person) -> None:
    (entry,) = document(person.types("inv", task, *typed(task), "--on=proj-1", "--dry-run", "--json")).tasks

    assert isinstance(entry.boxes, dict)
    assert list(entry.boxes) == ["proj-1"]


@pytest.mark.parametrize("task", sorted(set(FOR_BOXES) - {"secrets.env", "hygiene.crlf", "transfer.receipt"}))
def test_where_no_box_matches_that_is_the_error(task: str, box: Sshd, person: Person) -> None:
    (person.home / "mine").mkdir()
    (person.home / "mine" / "b").write_text("data")

    said = person.types("inv", task, *typed(task), "--on=nobody-*", "--json")

    (entry,) = document(said).tasks
    assert said.exit_code == 3
    assert isinstance(entry.error, msgspec.Struct)
    assert entry.error.kind == "NoTarget"


@pytest.mark.usefixtures("_things")
def test_a_chain_is_one_document_and_says_what_was_not_run(person: Person) -> None:
    chain = ("keys.check", "--json", "transfer.pull", "--path=nowhere", "secrets.list")

    found = document(person.types("fab", "-H", "proj-1", *chain))

    assert [(entry.task, entry.ok) for entry in found.tasks] == [("keys.check", True), ("transfer.pull", False)]
    assert found.not_run == ["secrets.list"]


@pytest.mark.usefixtures("box")
def test_what_ctrl_c_ends_is_not_ok(person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(60)
        person.adds_alias("mute-1", mute.getsockname()[1])
        with person.starts("inv", "config.verify", "--on=mute-1", "--json") as asking:
            connection, _ = mute.accept()
            asking.send_signal(signal.SIGINT)
            stdout, _ = asking.communicate()
            connection.close()

    assert asking.returncode == 130
    (entry,) = msgspec.json.decode(stdout, type=Document).tasks
    assert not entry.ok


@pytest.mark.usefixtures("box")
def test_what_a_team_s_own_task_raises_is_the_error_of_the_line(person: Person) -> None:
    (person.home / "fabfile.py").write_text(TEAM)

    said = person.types("fab", "-H", "proj-1", "keys.check", "--json", "boom", "secrets.list")

    found = msgspec.json.decode(said.stdout, type=Document)
    assert said.exit_code == 1
    assert not found.ok
    assert [entry.ok for entry in found.tasks] == [True]
    assert isinstance(found.error, msgspec.Struct)
    assert (found.error.kind, found.error.exit_code, found.error.cause) == ("ValueError", 1, "ours")
    assert found.not_run == ["secrets.list"]
    assert "Traceback" in said.stderr


def test_a_name_that_is_no_utf_8_is_escaped(box: Sshd, person: Person) -> None:
    (box.home / "odd").mkdir()
    os.mkfifo(os.fsencode(box.home / "odd") + b"/p\xfe")

    said = person.types("inv", "transfer.pull", "--path=odd/", "--to=to", "--on=proj-1", "--json")

    document(said)
    assert said.json["skipped"] == ["p\\xfe"]
