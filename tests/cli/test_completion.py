"""Completion in real shells, at a terminal: what is installed by one command knows what may stand there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.shell_at_a_terminal import Shell

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

LINES = [
    ("ssh-transport keys.che", ["ssh-transport", "keys.check"]),
    ("inv config.explain TN", ["inv", "config.explain", "TN1"]),
    ("ssh-transport config.profiles ru", ["ssh-transport", "config.profiles", "runpod"]),
    ("fab -H proj-1,@tr", ["fab", "-H", "proj-1,@train"]),
    ("fab transfer.pull --on=pro", ["fab", "transfer.pull", "--on=proj-1"]),
    ("fab transfer.pull --on '@all,!pro", ["fab", "transfer.pull", "--on", "@all,!proj-1"]),
    ("fab transfer.push --path=mi", ["fab", "transfer.push", "--path=mine.txt"]),
    ("inv transfer.pull proj-1:ck/my", ["inv", "transfer.pull", "proj-1:ck/my file"]),
    ("fab -H proj-1 transfer.pull --path=ck/we", ["fab", "-H", "proj-1", "transfer.pull", "--path=ck/weights"]),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_knows_what_may_stand_there(shell: str, person: Person, box: Sshd) -> None:
    """Tasks, flags, aliases, groups, platforms, problems, and paths on a box; files of this machine else."""
    (box.home / "ck").mkdir()
    for name in ("weights", "my file", "evil\x1b[2J\nname"):
        (box.home / "ck" / name).write_text("")
    (person.home / "mine.txt").touch()
    for settings in ("fabric.yaml", "invoke.yaml"):
        (person.home / settings).write_text("groups: {train: [proj-1]}\n")
    person.types("fab", "-H", "proj-1", "keys.check")
    path = f"{Path(sys.executable).parent}:{person.environment['PATH']}"
    environment = person.environment | {"PATH": path, "SHELL": f"/bin/{shell}"}
    person.types("ssh-transport", "--install-completion", env=environment)

    with Shell(shell, person.home, environment) as typed:
        found = {line: typed.words_after_tab(line) for line, _ in LINES}

    assert found == dict(LINES)
