"""What the program tells whoever types it: its tasks, its help, its completion, and a fault without a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person


def test_no_traceback_reaches_a_person_unless_asked_for(person: Person) -> None:
    """`--debug` shows where it happened; without it there is the message alone."""
    person.adds_alias("proj-1", 1)

    plain = person.types("fab", "-H", "proj-1", "keys.check")
    debug = person.types("fab", "--debug", "-H", "proj-1", "keys.check")

    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr
    assert debug.exit_code == plain.exit_code == 11


def test_the_own_binary_works_from_any_directory(person: Person) -> None:
    """No fabfile is needed; the profiles and the settings beside the person are found."""
    (person.home / "fabfile.py").unlink()
    (person.home / "fabric.yaml").write_text("host_config: {keepalive_s: 7}\n")

    listed = person.types("ssh-transport", "--list")
    added = person.types("ssh-transport", "config.add", "proj", "ssh -p 12345 root@connect.westd.seetacloud.com")

    assert "keys.push" in listed.stdout
    assert added.stdout == "alias proj-1, platform autodl: root@connect.westd.seetacloud.com:12345\n"
    assert "ServerAliveInterval 7" in (person.ssh / "config").read_text()


def test_the_list_of_tasks_loads_nothing_that_they_run_with(person: Person) -> None:
    """What a task needs is imported by that task: else every `--list` and `--help` would wait for all of them."""
    fab, *_ = person.argv("fab")

    said = person.types("python", "-X", "importtime", fab, "--list")

    loaded = re.findall(r"\| +([\w.]+)$", said.stderr, re.MULTILINE)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("ssh_transport.")}
    assert said.exit_code == 0
    assert rooms <= {"box", "errors", "fleet", "settings", "tasks", "terminal", "text"}
    assert "ssh_transport.box.box" not in loaded
    assert not {"filelock", "keyring", "msgspec", "platformdirs", "rich", "tomllib", "tree_sitter"} & set(loaded)


def test_the_completion_script_names_the_binary(person: Person) -> None:
    """Shell completion comes from Invoke."""
    said = person.types("ssh-transport", "--print-completion-script=bash")

    assert said.exit_code == 0
    assert "ssh-transport" in said.stdout


def test_the_interpreter_of_the_tests_is_the_one_under_test() -> None:
    """`script/build` runs these tests against the wheel: the programs are those beside this Python."""
    done = subprocess.run([Path(sys.executable).with_name("fab"), "--version"], capture_output=True, check=False)

    assert done.returncode == 0


def test_the_program_alone_says_what_it_is_in_ten_lines(person: Person) -> None:
    """Not a page of flags: those are behind `--help`."""
    said = person.types("ssh-transport")

    assert said.exit_code == 0
    assert len(said.stdout.splitlines()) == 10
    assert "--install-completion" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 110


@pytest.mark.parametrize(
    ("program", "words"), [("fab", "fab -H proj-1 keys.push"), ("inv", "inv keys.push --on proj-1")]
)
def test_the_help_of_a_task_begins_with_an_example(program: str, words: str, person: Person) -> None:
    """As it is typed for the program that was asked."""
    said = person.types(program, "--help", "keys.push").stdout.splitlines()
    its_end = said[said.index("Flags of the whole line, behind any of its tasks:") :]

    assert said[0] == f"Example: {words}"
    assert said[2].startswith("Usage: ")
    assert "  --jobs=N          How many boxes of a task run at once; 1 takes one after" in its_end
    assert [line.split()[0] for line in its_end if line.startswith("  -H ")] == ["-H"] * (program != "inv")
