"""What may stand at the cursor, as our programs answer a shell."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import programs_of, until

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def tab(person: Person, *words: str, program: str = "ssh-transport") -> list[str]:
    """Return what a shell is told for the last of these words."""
    said = person.types(program, "--complete", "--", program, *words, env={"SSH_TRANSPORT_COMPLETES": "fish"})
    assert (said.stderr, said.exit_code) == ("", 0)
    return [line.partition("\t")[0] for line in said.stdout.splitlines()]


@pytest.fixture(autouse=True)
def _settings(box: Sshd, person: Person) -> None:
    for name in ("fabric.yaml", "invoke.yaml"):
        (person.home / name).write_text("groups: {train: [proj-1], text: [x]}\n")
    with (person.ssh / "config").open("a") as file:
        file.write("Host own\n  HostName 192.0.2.1\n")


BOXES = ["own", "proj-1", "@train", "@text", "@all", "@failed"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("keys.",), ["keys.check", "keys.generate", "keys.list", "keys.push", "keys.revoke"]),
        (("-H", ""), BOXES),
        (("--hosts=@t",), ["--hosts=@train", "--hosts=@text"]),
        (("keys.push", "--on", "own,"), [f"own,{name}" for name in BOXES if name != "own"]),
        (("keys.push", "--on", "@all,!o"), ["@all,!own"]),
        (("config.show", ""), ["own", "proj-1"]),
        (("config.remove", ""), ["proj-1"]),
        (("config.sync", "v"), ["vastai"]),
        (("config.sync", "vastai", "--group", ""), ["train", "text"]),
        (("config.profiles", "vi"), ["virtai"]),
        (("config.add", "p", "x", "--profile", "gen"), ["generic"]),
        (("config.add", "p", "x", "--keepalive=b"), ["--keepalive=bounded"]),
        (("config.explain", "R"), [f"R{number}" for number in range(1, 10)]),
        (("config.explain", "ru"), ["runpod"]),
        (("transfer.pull", "--engine", ""), ["auto", "rsync", "sftp"]),
        (("transfer.pull", "--en"), ["--engine="]),
        (("transfer.pull", "--engine", "sftp", "--en"), []),
        (("transfer.pull", "--exclude", "a", "--excl"), ["--exclude=", "--exclude-from="]),
        (("transfer.pull", "--verif"), ["--verify"]),
        (("transfer.copy", "--no-v"), ["--no-verify"]),
        (("transfer.pull", "--keep"), ["--keep-going"]),
        (("transfer.copy", "--from", "pr"), ["proj-1:"]),
        (("transfer.push", "./x", ""), ["own:", "proj-1:"]),
        (("transfer.push", ""), []),
        (("transfer.pull", "--to=./"), []),
        (("secrets.push", "wan"), ["wandb"]),
        (("--help", "keys.p"), ["keys.push"]),
        (("keys.push", "config.sh"), ["config.show"]),
        (("no.such", "--x", ""), None),
        (("keys.push", "--on", "'"), []),
    ],
)
def test_what_may_stand_there(words: tuple[str, ...], expected: list[str] | None, person: Person) -> None:
    """Names where there are some; nothing where it is a file of this machine, so that the shell looks itself."""
    found = tab(person, *words)

    assert found == expected if expected is not None else "keys.push" in found


def test_zsh_and_fish_are_told_what_each_is(person: Person) -> None:
    """Behind a tab."""
    words = ("ssh-transport", "--complete", "--", "ssh-transport", "transfer.pull", "--en")
    said = person.types(*words, env={"SSH_TRANSPORT_COMPLETES": "zsh"})

    assert said.stdout == "--engine=\tauto, rsync or sftp: what copies (auto: rsync where both ends have it)\n"


@pytest.mark.parametrize("program", ["fab", "inv"])
def test_a_teams_own_tasks_are_there_too(program: str, person: Person) -> None:
    """In their own program, which knows them."""
    team = "from invoke import task\nfrom ssh_transport.tasks import ns\n\n@task\ndef deploy(c, slot):\n    pass\n\n"
    for name in ("fabfile.py", "tasks.py"):
        (person.home / name).write_text(f"{team}ns.add_task(deploy)\n")

    assert tab(person, "dep", program=program) == ["deploy"]
    assert tab(person, "deploy", "--sl", program=program) == ["--slot="]


def test_without_our_function_invoke_answers(person: Person) -> None:
    """Who has installed Invoke's own gets what that prints."""
    said = person.types("inv", "--complete", "--", "inv", "keys.p")

    assert "transfer.pull" in said.stdout.splitlines()


def test_settings_that_are_wrong_hide_nothing_else(person: Person) -> None:
    """The fault is told when the line is run."""
    (person.home / "fabric.yaml").write_text("groups: 5\n")

    assert tab(person, "keys.push", "--on", "p") == ["proj-1"]


@pytest.fixture
def _known(person: Person, box: Sshd) -> None:
    (box.home / "ck" / "run-1").mkdir(parents=True)
    for name in ("weights", ".hidden", "-dash", "a\nb", "c\x1b[2J"):
        (box.home / "ck" / name).write_text("")
    assert person.types("fab", "-H", "proj-1", "keys.check").exit_code == 0


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("transfer.pull", "proj-1:ck/"), ["proj-1:ck/-dash", "proj-1:ck/run-1/", "proj-1:ck/weights"]),
        (("transfer.pull", "proj-1:ck/."), ["proj-1:ck/.hidden"]),
        (("transfer.pull", "proj-1:~/c"), ["proj-1:~/ck/"]),
        (("transfer.pull", "proj-1:"), ["proj-1:ck/"]),
        (("transfer.pull", "proj-1:nowhere/x"), []),
        (("-H", "proj-1", "transfer.pull", "--path=ck/w"), ["--path=ck/weights"]),
        (("transfer.push", "./x", "--on", "proj-1", "--to", "ck/r"), ["ck/run-1/"]),
        (("transfer.pull", "--on=proj-1,own", "--path=ck/w"), []),
        (("transfer.pull", "--on=@train", "--path=ck/w"), []),
    ],
)
def test_paths_on_a_box_are_known(words: tuple[str, ...], expected: list[str], person: Person) -> None:
    """Of the one box that is named; a name that can't be typed is left out."""
    assert tab(person, *words) == expected


@pytest.mark.usefixtures("_known")
def test_a_box_that_is_not_known_is_not_asked(person: Person) -> None:
    """The first contact is a person's: nothing is pinned by a Tab."""
    (person.ssh / "known_hosts").unlink()

    assert tab(person, "transfer.pull", "proj-1:ck/w") == []
    assert not (person.ssh / "known_hosts").exists()


@pytest.mark.usefixtures("_known")
def test_a_login_that_would_ask_gives_nothing(person: Person, box: Sshd) -> None:
    """No password, no passphrase."""
    (box.home / ".ssh" / "authorized_keys").write_text("")

    assert tab(person, "transfer.pull", "proj-1:ck/w") == []


@pytest.mark.slow
@pytest.mark.usefixtures("_known")
def test_a_silent_box_is_given_up(person: Person) -> None:
    """Nothing is found, and nothing is left that still waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        text = (person.ssh / "config").read_text()
        (person.ssh / "config").write_text(f"Host proj-1\n  Port {port}\n{text}")

        assert tab(person, "transfer.pull", "proj-1:ck/w") == []
        until(lambda: not programs_of(person.home))
