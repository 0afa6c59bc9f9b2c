"""A line that can't be meant is told with the one that is; none that names no task ends as if it had done something."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import fabric.main
import pytest

from ssh_transport.errors import UsageError
from ssh_transport.terminal.typed_words import TypedWords
from tests.support.typed_line import slip, typed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "words", ["-H proj-1", "-H proj-1 --debug", "--quiet", "-H proj-1 --keep-going", "-R", "-p", "-S config"]
)
def test_words_without_a_task_are_an_error(words: str) -> None:
    error = slip(*words.split())

    assert error.what == "no task was named"
    assert "ssh-transport --list" in error.hint
    assert ("-H proj-1 TASK" in error.hint) == ("proj-1" in words)


@pytest.mark.parametrize("words", ["", "-h", "--help", "--help keys.check", "--list", "-l keys", "--list -F nested"])
def test_an_order_needs_no_task(words: str) -> None:
    _, *tasks = typed(*words.split())

    assert tasks == []


@pytest.mark.parametrize(
    ("words", "says", "hints"),
    [
        (
            "-H 'proj-1 keys.check'",
            "there is a task in that",
            "leave the quotes out: ssh-transport -H proj-1 keys.check",
        ),
        ("-H 'a, b keys.list --json'", "there is a task in that", "ssh-transport -H a,b keys.list --json"),
        ("-H 'a keys.list' keys.list", "there is a task in that", "ssh-transport -H a keys.list"),
        ("-H a 'keys.list --json'", "should be several", "leave the quotes out: ssh-transport -H a keys.list --json"),
        ("-H a -i keys.check", "`-i` wants a value, and has taken `keys.check` for it", "-i VALUE keys.check"),
        ("-H keys.check", "`-H` wants a value, and has taken `keys.check` for it", "ssh-transport -H BOX keys.check"),
        ("-S keys.check", "`-S` wants a value", "-S VALUE keys.check"),
        ("-H root@h -p 2222 keys.check", "`-p 2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("-H root@h -p2222 keys.check", "`-p2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("-H root@h keys.check -p 2222", "`-p 2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("-H root@h transfer.pull -p 22 /x", "`-p 22` is how", "ssh-transport -H root@h:22 transfer.pull"),
        ("-H root@h --port=2222 keys.check", "`--port=2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("-H root@h keys.check -P 2222", "`-P 2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("keys.check --on root@h -p 2222", "`-p 2222` is how", "ssh-transport -H root@h:2222 keys.check"),
        ("-p 2222 keys.check", "`-p 2222` is how", "ssh-transport -H BOX:2222 keys.check"),
        ("-H a,b -p 2222 keys.check", "`-p 2222` is how", "ssh-transport -H HOST:2222 keys.check"),
        ("-H h -l root keys.check", "no namespace `root`", "-H USER@HOST"),
        ("-l kyes", "no namespace `kyes`", "did you mean keys?"),
        ("-H h -J jump keys.check", "`-J` is a flag of `ssh`", "config.add NAME 'ssh -J JUMP USER@HOST'"),
        ("-H h keys.check -v", "`-v` is a flag of `ssh`", "--debug"),
        ("-H a -- uname -a", "`-- COMMAND` is for the tasks of Fabric", "ssh a uname -a"),
        ("-H a keys.check -- uname", "`-- COMMAND` is for the tasks of Fabric", "ssh a uname"),
    ],
)
def test_what_ssh_or_a_shell_would_have_otherwise_is_told_with_the_line_to_type(
    words: str, says: str, hints: str
) -> None:
    error = slip(*shlex.split(words))

    assert says in error.what
    assert hints in error.hint


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("-H a transfer.spread ./data --to=/x", "ssh-transport -H a transfer.spread --path=./data --to=/x"),
        ("-H a transfer.spread ./data --to /x", "ssh-transport -H a transfer.spread --path=./data --to=/x"),
        ("-H a transfer.spread ./data /x", "ssh-transport -H a transfer.spread --path=./data --to=/x"),
    ],
)
def test_a_source_where_the_target_is_due_is_told(words: str, meant: str) -> None:
    error = slip(*words.split())

    assert error.what == "transfer.spread: `./data` stands where the target is due"
    assert error.hint.endswith(meant)


def test_a_source_that_has_its_flag_leaves_the_target_its_place() -> None:
    (spreading,) = typed("transfer.spread", "/x", "--path=./data")[1:]

    assert (spreading.args["to"].value, spreading.args["path"].value) == ("/x", "./data")


@pytest.mark.parametrize(
    ("words", "inside"),
    [
        ("-H a transfer.pull '--path /a --to b'", "leave the quotes out: ssh-transport transfer.pull --path /a --to b"),
        ("-H a transfer.pull --path='/a --to b'", "transfer.pull --path /a --to b"),
        ("-H a transfer.pull --path '/a --to=b'", "transfer.pull --path /a --to=b"),
        ("-H a transfer.pull '/a --verify'", "transfer.pull /a --verify"),
        ("keys.check --on 'a --json'", "keys.check --on a --json"),
    ],
)
def test_quotes_around_a_flag_are_told(words: str, inside: str) -> None:
    error = slip(*shlex.split(words))

    assert "is one word, and" in error.what
    assert inside in error.hint


def test_a_command_for_the_box_and_a_name_that_is_here_may_hold_what_looks_like_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a --to b").touch()

    assert typed("hygiene.relaunch", "x", "--run=serve --log x --path=y")[1].args["run"].value.startswith("serve")
    assert typed("transfer.push", "a --to b", "--to=/x")[1].args["path"].value == "a --to b"


BEHIND_ON = "keys.revoke", "transfer.pull", "hygiene.stop", "secrets.push"


@pytest.mark.parametrize("task", BEHIND_ON)
def test_names_that_a_shell_put_for_boxes_are_taken_for_nothing_else(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("proj-1", "proj-2", "data"):
        (tmp_path / name).mkdir()

    error = slip(task, "--on", "proj-1", "proj-2")

    assert error.what == f"{task}: `proj-2` stands behind `--on proj-1`, and both are names here"
    assert f"ssh-transport -H 'proj-*' {task}" in error.hint
    assert typed(task, "--on", "proj-1", "data")[1].args.on.value == "proj-1"
    assert typed(task, "--on", "proj-1", "proj-7")[1].args.on.value == "proj-1"


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        ("hygiene.leave proj-1 proj-2", "a pattern is quoted: ssh-transport -H 'proj-*' hygiene.leave"),
        ("-H proj-1 proj-2 keys.check", "a pattern is quoted: ssh-transport -H 'proj-*' TASK"),
        ("config.show proj-1 proj-2", "see ssh-transport config.show --help"),
        ("config.verify --on proj-1 proj-2", "a pattern is quoted: ssh-transport -H 'proj-*' config.verify"),
    ],
)
def test_of_a_task_without_a_path_two_names_are_boxes(
    words: str, hints: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("proj-1", "proj-2"):
        (tmp_path / name).mkdir()

    error = slip(*words.split())

    assert "one path" not in error.what
    assert hints in error.hint


def test_a_line_of_fab_that_has_a_default_task_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from invoke import Collection, task

    @task(default=True)
    def everything(_: object) -> None:
        """Do all."""

    program = fabric.main.Fab(namespace=Collection(everything))
    program.create_config()
    program.parse_core(["fab", "-H", "proj-1"])
    program.parse_collection()

    assert len(TypedWords.of(program).parse_argv(program.core.unparsed)) == 1


def test_a_box_may_be_called_as_a_task_of_the_team_is() -> None:
    from invoke import Collection, task

    @task
    def train(_: object) -> None:
        """Train."""

    assert [one.name for one in typed("-H", "train", "train", collection=Collection(train))[1:]] == ["train"]
    with pytest.raises(UsageError, match="has taken `train` for it"):
        typed("-H", "train", collection=Collection(train))


def test_a_blank_in_the_name_of_a_box_is_told(context: object) -> None:
    from ssh_transport.box import boxes

    for words, hint in (
        ("a b", "-H a,b"),
        ("ssh -p 22 root@h", "-H root@h:22"),
        ("root@h -p 2222", "-H root@h:2222"),
        ("ssh h", "USER@HOST:PORT"),
    ):
        with pytest.raises(UsageError, match="is no name of a box") as caught:
            boxes(context(), words)  # type: ignore[operator]

        assert hint in caught.value.hint
