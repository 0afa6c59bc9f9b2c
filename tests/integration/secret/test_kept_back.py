"""The variable that a task takes its secret from is in the environment of no program, in whatever order tasks come."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sshd import Sshd

CANARY = "c4n4ry" * 6
TASKS = {
    "verify": ("config.verify",),
    "pull": ("transfer.pull", "--path=one", "--to=here/", "--verify"),
    "push": ("secrets.push", "mine", "--env=X"),
    "again": ("secrets.push", "other", "--env", "Y"),
}
RECORDER = """\
#!/bin/sh
env >> {log}
exec {program} "$@"
"""


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """One whose programs are processes of their own."""
    return Person(tmp_path / "you")


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, Path]:
    """Programs that write down their environment before they do their work; and where to."""
    place, log = tmp_path / "recorders", tmp_path / "environments"
    place.mkdir()
    for name in ("ssh", "rsync"):
        (place / name).write_text(RECORDER.format(log=log, program=shutil.which(name)))
        (place / name).chmod(0o755)
    return place, log


@pytest.mark.parametrize(
    ("door", "order"),
    [
        ("fab", ("verify", "pull", "push")),
        ("fab", ("pull", "push", "again")),
        ("fab", ("push", "pull", "verify")),
        ("inv", ("verify", "push", "pull", "again")),
    ],
)
def test_no_program_of_any_task_has_it(
    box: Sshd, person: Person, recorded: tuple[Path, Path], door: str, order: tuple[str, ...]
) -> None:
    (box.home / "one").write_bytes(b"1")
    place, log = recorded
    words = [word for task in order for word in TASKS[task]]
    target = ("-H", "proj-1") if door == "fab" else ()
    if door == "inv":
        words = [word for task in order for word in (*TASKS[task], "--on=proj-1")]
    env = {"X": CANARY, "Y": CANARY, "PATH": f"{place}:{os.environ['PATH']}"}

    said = person.types(door, *target, *words, env=env)

    assert said.exit_code == 0, said.stderr
    assert "PATH=" in log.read_text()
    named = {"X": "push" in order, "Y": "again" in order}
    for variable, is_named in named.items():
        assert (f"\n{variable}={CANARY}" in log.read_text()) is not is_named
    assert (box.home / ".mine_key").exists() is ("push" in order)
