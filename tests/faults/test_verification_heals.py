"""Links that break while both ends are compared over connections that heal: the box hashes once."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.person import result_in
from tests.support.processes import programs_of, until
from tests.support.way import way

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.link import Link
    from tests.support.person import Person
    from tests.support.sshd import Sshd

FILES = 2_500
CUTS = 3
STREAMS = 2
DIFFERENT = 27
# What stands before Python on the box: it counts the listings, and holds them back until they may go on.
COUNTING = """#!/bin/sh
case "$*" in *'"tell_left_out": '*)
    echo started >>"$HOME/started"
    n=0
    until [ -e "$HOME/go" ] || [ $((n += 1)) -gt 3000 ]; do sleep 0.02; done ;;
esac
exec {python} "$@"
"""


@pytest.fixture
def started(box: Sshd) -> Path:
    """The log of every listing that was begun on the box."""
    place = box.home.parent / "counting"
    place.mkdir()
    (place / "python3").write_text(COUNTING.format(python=shlex.quote(sys.executable)))
    (place / "python3").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={shlex.quote(str(place))}:", 1))
    (box.home / "started").touch()
    return box.home / "started"


@pytest.fixture
def link(box: Sshd, person: Person) -> Iterator[Link]:
    """Slow enough that the listing is cut in its middle."""
    with way(box, person, rate_bytes_s=300_000) as between:
        yield between


@pytest.fixture
def tree(box: Sshd, person: Person) -> Path:
    """A directory that is the same at both ends; return ours."""
    (box.home / "ckpt").mkdir()
    for number in range(FILES):
        (box.home / "ckpt" / f"{number:05d}").write_text(str(number))
    return shutil.copytree(box.home / "ckpt", person.home / "proj-1" / "ckpt")


def cuts_all(link: Link, times: int) -> None:
    """Cut every connection, again and again, each time once all of them are there again."""
    for _ in range(times):
        before = link.connections
        link.cut()
        until(lambda: link.connections >= before + STREAMS)  # noqa: B023 - asked at once


@pytest.mark.parametrize("is_same", [True, False], ids=["equal", "different"])
def test_a_comparison_whose_connections_are_all_cut_again_and_again_hashes_once(
    link: Link, box: Sshd, person: Person, tree: Path, started: Path, *, is_same: bool
) -> None:
    """While it hashes, and while the listing comes; the connection that asked the questions is cut as well."""
    if not is_same:
        (tree / f"{FILES - 1:05d}").write_text("four")
    run = person.starts("fab", "-H", "proj-1", "transfer.verify", "--path=ckpt", f"--streams={STREAMS}", "--json")
    until(lambda: bool(started.read_text()) or run.poll() is not None)
    cuts_all(link, CUTS)
    (box.home / "go").touch()
    before = link.bytes_down
    until(lambda: link.bytes_down > before + 30_000 or run.poll() is not None)
    assert run.poll() is None
    cuts_all(link, 1)
    stdout, stderr = run.communicate(timeout=90)

    said = result_in(stdout)
    assert started.read_text() == "started\n"
    assert run.returncode == (0 if is_same else DIFFERENT), stderr
    assert said["comparison"]["files"] == (FILES if is_same else FILES - 1)
    assert said["comparison"]["differences"]["different"]["count"] == (0 if is_same else 1)
    assert said["heals"] > CUTS
    assert said["streams"]
    assert "attempt" not in stderr


def test_a_verified_copy_whose_comparison_was_cut_writes_its_receipt(
    link: Link, box: Sshd, person: Person, tree: Path, started: Path
) -> None:
    """A second run finds the same."""
    words = (
        "fab",
        "-H",
        "proj-1",
        "transfer.push",
        "--path=proj-1/ckpt",
        "--to=./",
        "--streams=2",
        "--verify",
        "--json",
    )
    run = person.starts(*words)
    until(lambda: bool(started.read_text()) or run.poll() is not None)
    cuts_all(link, 1)
    (box.home / "go").touch()
    stdout, stderr = run.communicate(timeout=90)
    again = person.types(*words)

    assert (run.returncode, again.exit_code) == (0, 0), stderr + again.stderr
    first, second = result_in(stdout)["verification"], again.json["verification"]
    assert started.read_text() == "started\n" * 2
    assert (first["heals"] >= 1, second["heals"]) == (True, 0)
    assert "attempt" not in stderr
    assert [first["receipt"]] == [second["receipt"]] == list(map(str, box.home.glob("ckpt.*.receipt.json")))
    assert first["comparison"] == second["comparison"]


def test_a_kill_of_ours_ends_what_hashes_on_the_box(box: Sshd, person: Person, started: Path) -> None:
    (box.home / "a").write_text("a")
    (person.home / "proj-1").mkdir()
    (person.home / "proj-1" / "a").write_text("a")
    run = person.starts("fab", "-H", "proj-1", "transfer.verify", "--path=a", "--streams=2")
    until(lambda: bool(started.read_text()))
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()

    until(lambda: not programs_of(box.home))
    assert started.read_text() == "started\n"
