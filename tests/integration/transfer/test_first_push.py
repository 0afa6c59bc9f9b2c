"""A first push is planned by this machine alone, and looked at afterwards by name: few questions to the box."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person

SHIM = """#!/bin/sh
echo "$*" >>"{log}"
exec {rsync} "$@"
"""


@pytest.fixture
def calls(tmp_path: Path, person: Person) -> Iterator[Path]:
    """Have a box whose rsync writes down how it is called."""
    tools, log = tmp_path / "tools", tmp_path / "calls"
    tools.mkdir()
    (tools / "rsync").write_text(SHIM.format(log=log, rsync=shutil.which("rsync")))
    (tools / "rsync").chmod(0o755)
    with Sshd(tmp_path / "sshd", path=f"{tools}:{os.environ['PATH']}") as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
        yield log


def served(calls: Path) -> int:
    """Return how often the box's rsync has answered ours."""
    return sum("--server" in line for line in calls.read_text().splitlines())


@pytest.mark.parametrize(("path", "to"), [("data", "./"), ("data/", "new"), ("data/a", "new/b")])
def test_the_box_is_asked_by_rsync_once(path: str, to: str, calls: Path, person: Person) -> None:
    (person.home / "data").mkdir()
    for name in ("a", "b"):
        (person.home / "data" / name).write_bytes(bytes(5_000_000))
    words = ("fab", "-H", "proj-1", "transfer.push", f"--path={path}", f"--to={to}")

    first = person.types(*words)
    after_first = served(calls)
    again = person.types(*words)

    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr + again.stderr
    assert after_first == 1
    assert "nothing to do" in again.stderr
    assert served(calls) == 2
    assert not list(calls.parent.rglob("*.rsync-partial"))


@pytest.mark.parametrize("has_holes", [True, False])
@pytest.mark.parametrize("task", ["transfer.push", "transfer.pull"])
def test_holes_are_looked_for_where_there_are_some(task: str, calls: Path, person: Person, *, has_holes: bool) -> None:
    """To look for them in what has none takes rsync half as long again."""
    home = person.home if task == "transfer.push" else calls.parent / "sshd" / "home"
    (home / "ck").write_bytes(b"" if has_holes else os.urandom(40_000_000))
    os.truncate(home / "ck", 40_000_000)

    said = person.types("fab", "-H", "proj-1", task, "--path=ck", "--to=new/")

    assert said.exit_code == 0, said.stderr
    letters = [line.split()[1] for line in calls.read_text().splitlines() if line.startswith("--server -")]
    if task == "transfer.pull":
        letters = [line.split()[2] for line in calls.read_text().splitlines() if line.startswith("--server --sender")]
    assert letters
    assert {"S" in one.partition("e.")[0] for one in letters} == {has_holes}
