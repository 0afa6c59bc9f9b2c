"""What a team has set for Fabric means the same to every task, or is refused: docs/runbooks.md has the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.own_program import runs

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture(autouse=True)
def _met(box: Sshd, person: Person) -> None:
    config = person.ssh / "config"
    config.write_text(f"{config.read_text()}\nHost bare-1\n    HostName 127.0.0.1\n    HostKeyAlias bare-1\n")
    known_hosts = person.ssh / "known_hosts"
    known_hosts.write_text(f"{known_hosts.read_text()}bare-1 {box.host_key_line}\n")


def yaml(person: Person, text: str) -> None:
    (person.home / "fabric.yaml").write_text(text)
    (person.home / "invoke.yaml").write_text(text)


@pytest.mark.parametrize("door", [("fab", "-H", "bare-1", "keys.check"), ("inv", "keys.check", "--on=bare-1")])
def test_user_port_and_key_of_the_settings_count_where_the_alias_names_none(
    door: tuple[str, ...], box: Sshd, person: Person
) -> None:
    identity = f"connect_kwargs: {{key_filename: {person.identity}}}"
    yaml(person, f"user: {box.user}\nport: {box.port}\n{identity}\n")

    said = person.types(*door)

    assert said.exit_code == 0, said.stderr


def test_what_the_alias_names_counts_before_the_settings(person: Person) -> None:
    yaml(person, "user: nobody\nport: 1\n")

    assert person.types("inv", "keys.check", "--on=proj-1").exit_code == 0


def test_what_a_connection_names_counts_before_the_alias(box: Sshd, person: Person) -> None:
    """Also where it is Fabric's default: the local user, and port 22."""
    calls = (
        "fabric.Connection('proj-1', port=22)",
        "fabric.Connection('proj-1', user='nobody')",
        f"fabric.Connection('bare-1', port={box.port}, connect_kwargs={{'key_filename': {str(person.identity)!r}}})",
    )
    program = """
from ssh_transport.box import boxes
for c in (CALLS):
    print(boxes(c)[0].address)
"""

    done = runs(person, program.replace("CALLS", ", ".join(calls)))

    assert done.stdout.split() == [
        f"{box.user}@127.0.0.1:22",
        f"nobody@127.0.0.1:{box.port}",
        f"{box.user}@127.0.0.1:{box.port}",
    ], done.stderr


@pytest.mark.parametrize("door", [("fab", "-H", "proj-1", "keys.check"), ("inv", "keys.check", "--on=proj-1")])
def test_a_gateway_that_only_fabric_would_use_is_refused(door: tuple[str, ...], person: Person) -> None:
    yaml(person, "gateway: jump.example\n")

    said = person.types(*door)

    assert said.exit_code == 2
    assert "put `ProxyJump` into the alias of `proj-1`" in said.stderr


@pytest.mark.parametrize("word", ["-T 5", "timeouts: {command: 5}"])
def test_a_limit_for_single_commands_is_refused(word: str, person: Person) -> None:
    flags = word.split() if word.startswith("-") else []
    if not flags:
        yaml(person, f"{word}\n")

    said = person.types("fab", *flags, "-H", "proj-1", "keys.check")

    assert said.exit_code == 2
    assert "ssh_keys.login_timeout_s" in said.stderr


def test_boxes_come_from_the_environment(person: Person) -> None:
    assert person.types("fab", "keys.check", env={"FABRIC_BOXES": "proj-1"}).exit_code == 0
    assert person.types("inv", "keys.check", env={"INVOKE_BOXES": "proj-1"}).exit_code == 0


def test_a_number_in_yaml_is_what_is_meant(person: Person, box: Sshd) -> None:
    (box.home / "ck").mkdir()
    yaml(person, "transfer: {streams: 1}\n")

    assert person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/").exit_code == 0


def test_a_wrong_variable_is_named(person: Person) -> None:
    words = ("transfer.pull", "--path=ck/")

    said = person.types("fab", "-H", "proj-1", *words, env={"FABRIC_TRANSFER_ATTEMPTS": "many"})

    assert said.exit_code == 4
    assert "`FABRIC_TRANSFER_ATTEMPTS` is no number" in said.stderr


@pytest.mark.parametrize("program", ["fab", "inv"])
def test_a_slip_in_a_section_that_the_task_needs_not_is_told_too(program: str, person: Person) -> None:
    yaml(person, "transfer: {strems: 8}\n")

    said = person.types(program, "config.list")

    assert (said.exit_code, said.stdout) == (4, "")
    assert said.stderr == "error: unknown setting: `transfer.strems`\n\nhint: did you mean transfer.streams?\n"


def test_a_task_of_the_team_may_be_run_whatever_is_written(person: Person) -> None:
    yaml(person, "transfer: {strems: 8}\n")
    own = "@task\ndef own(c):\n    print('runs')\nns.add_task(own)\n"
    (person.home / "tasks.py").write_text(f"from invoke import task\nfrom ssh_transport.tasks import ns\n{own}")

    assert person.types("inv", "own").stdout == "runs\n"


def test_an_unknown_setting_is_told_with_the_nearest(person: Person) -> None:
    yaml(person, "transfer: {attemps: 3}\n")

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/")

    assert said.exit_code == 4
    assert "did you mean transfer.attempts?" in said.stderr


def test_a_key_that_is_no_file_is_told_and_no_other_is_tried(box: Sshd, person: Person) -> None:
    for door in (
        ("fab", "-i", "nosuchkey", "-H", "proj-1", "keys.check"),
        ("ssh-transport", "-i", "no/key", "-H", "proj-1", "keys.check"),
    ):
        said = person.types(*door)

        assert said.exit_code == 2
        assert f"there is no key `{door[2]}`" in said.stderr
    assert "Accepted" not in box.log.read_text()


@pytest.mark.parametrize("given", ["pkey=paramiko.Ed25519Key(filename={key!r})", "key_filename={key!r}"])
def test_a_key_that_python_holds_logs_in(given: str, person: Person) -> None:
    key = given.format(key=str(person.identity))
    program = f"""
import paramiko
connection = fabric.Connection('proj-1', connect_kwargs=dict({key}))
print(keys.check(connection).state if hasattr(keys.check(connection), 'state') else 'in')
"""

    assert runs(person, program).returncode == 0
