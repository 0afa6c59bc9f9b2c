"""Copies directory by directory over links that break, and stopped by the person who started them."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.clock import on_this_machine
from tests.support.person import result_in
from tests.support.processes import programs_of, until
from tests.support.trees import described, litter

if TYPE_CHECKING:
    from pathlib import Path

    from demo.link import Link
    from tests.support.person import Person
    from tests.support.sshd import Sshd

DEADLINE_S = 60
LARGE_BYTES = 12_000_000
NAMES = ("a", "b", "c", "d")


def make_runs(root: Path) -> None:
    for name in NAMES:
        (root / name).mkdir(parents=True)
        (root / name / "model.bin").write_bytes(os.urandom(LARGE_BYTES))


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_all_of_them_and_the_next_run_completes(
    number: signal.Signals, engine: str, link: Link, box: Sshd, person: Person
) -> None:
    """Within seconds, without a traceback, and nothing goes on: not here and not in a thread."""
    make_runs(box.home / "runs")
    words = ("fab", "-H", "proj-1", "transfer.pull-each", "--path=runs", "--to=out", f"--engine={engine}", "--jobs=3")
    with person.starts(*words, "--bwlimit=3000") as copy:
        until(lambda: link.bytes_down >= 4_000_000)
        copy.send_signal(number)
        start = time.monotonic()
        _, stderr = copy.communicate(timeout=DEADLINE_S)
        took_s = time.monotonic() - start

    until(lambda: not programs_of(person.home))
    again = person.types(*words, "--json")

    assert copy.returncode == 130
    assert took_s < on_this_machine(8)
    assert "Traceback" not in stderr
    assert "Exception" not in stderr
    assert "failed" not in stderr
    assert "attempt" not in stderr
    assert stderr.count("error:") == 1
    assert "error: stopped\n\nhint: go on where it stopped: fab -H proj-1 transfer.pull-each" in stderr
    assert again.exit_code == 0, again.stderr
    assert {outcome["state"] for outcome in again.json["directories"]} == {"copied"}
    assert described(person.home / "out" / "runs") == described(box.home / "runs")
    assert not litter(person.home / "out")


def test_ctrl_c_is_heard_while_the_link_is_silent(link: Link, box: Sshd, person: Person) -> None:
    """No progress comes then, so that what waits must be ended from outside."""
    (person.home / "fabric.yaml").unlink()
    make_runs(box.home / "runs")
    link.silence_at(6_000_000)
    with person.starts("fab", "-H", "proj-1", "transfer.pull-each", "--path=runs", "--to=out") as copy:
        until(lambda: link.bytes_down >= 5_900_000)
        copy.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, stderr = copy.communicate(timeout=DEADLINE_S)
        took_s = time.monotonic() - start

    until(lambda: not programs_of(person.home))
    assert copy.returncode == 130
    assert took_s < on_this_machine(5)
    assert "Traceback" not in stderr
    assert stderr.count("error:") == 1


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
def test_a_cut_is_borne_by_each_of_them(engine: str, link: Link, box: Sshd, person: Person) -> None:
    """Every directory tries again by itself, and goes on where it was."""
    make_runs(box.home / "runs")
    link.cut_at(20_000_000)

    said = person.types(
        "fab", "-H", "proj-1", "transfer.pull-each", "--path=runs", "--to=out", f"--engine={engine}", "--json"
    )

    assert said.exit_code == 0, said.stderr
    assert described(person.home / "out" / "runs") == described(box.home / "runs")
    assert max(outcome["attempts"] for outcome in said.json["directories"]) == 2
    assert not litter(person.home / "out")


def test_a_box_that_lets_nobody_in_any_more_is_not_asked_for_every_directory(
    link: Link, box: Sshd, person: Person
) -> None:
    """Newer servers punish refused logins; the table says so of each directory, and the code of all is one."""
    make_runs(box.home / "runs")
    words = ("--path=runs", "--to=out", "--jobs=1", "--bwlimit=4000", "--json")
    with person.starts("fab", "-H", "proj-1", "transfer.pull-each", *words) as copy:
        until(lambda: link.bytes_down >= 4_000_000)
        (box.home / ".ssh" / "authorized_keys").write_text("")
        link.cut()
        stdout, stderr = copy.communicate(timeout=DEADLINE_S)

    assert copy.returncode == 25
    assert stdout.count('"exit_code": 13') == 5
    assert stderr.count("failed\nerror:") == 1


def test_ctrl_c_is_heard_between_two_attempts(link: Link, box: Sshd, person: Person) -> None:
    """All of them wait for the box to come back, longer each time."""
    make_runs(box.home / "runs")
    with person.starts("fab", "-H", "proj-1", "transfer.pull-each", "--path=runs", "--bwlimit=4000") as copy:
        until(lambda: link.bytes_down >= 4_000_000)
        link.refuse()
        link.cut()
        assert copy.stderr is not None
        for line in copy.stderr:
            if "attempt 4 in" in line:
                break
        copy.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, stderr = copy.communicate(timeout=DEADLINE_S)
        took_s = time.monotonic() - start

    assert copy.returncode == 130
    assert took_s < on_this_machine(3)
    assert stderr.count("error:") == 1


def test_a_directory_that_appears_meanwhile_is_told(link: Link, box: Sshd, person: Person) -> None:
    """It was not listed, so it was not copied, and the box is not safe to destroy."""
    make_runs(box.home / "runs")
    words = ("--path=runs", "--to=out", "--json", "--bwlimit=12000")
    with person.starts("fab", "-H", "proj-1", "transfer.pull-each", *words) as copy:
        until(lambda: link.bytes_down >= 4_000_000)
        (box.home / "runs" / "late").mkdir()
        (box.home / "runs" / "late" / "model.bin").write_text("late")
        stdout, stderr = copy.communicate(timeout=DEADLINE_S)
    again = person.types("fab", "-H", "proj-1", "transfer.pull-each", "--path=runs", "--to=out", "--json")

    found = {outcome["name"]: outcome for outcome in result_in(stdout)["directories"]}
    assert copy.returncode == 25, stderr
    assert found["late"]["why"] == "it was made after the listing"
    assert 'safe_to_destroy": false' in stdout
    assert (again.exit_code, again.json["safe_to_destroy"]) == (0, True)
    assert described(person.home / "out" / "runs") == described(box.home / "runs")
