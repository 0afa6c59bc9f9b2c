"""Which directories are complete and are passed over, by comparison or by size; the others are completed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.copying import copies
from tests.support.runs import RUNS, arrived, make_runs, result_of, states
from tests.support.trees import described

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.mark.parametrize(("sides", "jobs"), [("pull", 1), ("push", 3)], indirect=["sides"])
def test_a_second_run_only_compares(jobs: int, engine: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """With either engine: nothing is copied, nothing changes, and the table says so."""
    task, source, target = sides
    make_runs(source / "runs")
    first = result_of(copies(person, task, "--path=runs", "--to=out", engine, f"--jobs={jobs}", "--json"))
    before = arrived(target / "out")

    again = result_of(copies(person, task, "--path=runs", "--to=out", engine, f"--jobs={jobs}", "--json"))

    assert described(target / "out" / "runs") == described(source / "runs")
    assert set(states(first)) == {*RUNS, "./"}
    assert set(states(first).values()) == {"copied"}
    assert arrived(target / "out") == before
    assert set(states(again).values()) == {"complete"}
    assert [outcome["attempts"] for outcome in (*again["directories"], again["beside"])] == [0] * 5
    assert {outcome["files"] for outcome in again["directories"]} == {2}


def test_a_partial_directory_is_completed(engine: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """What is there of it is not sent again; the complete ones are not touched; the one above them keeps its time."""
    task, source, target = sides
    make_runs(source / "runs")
    (source / "runs" / "run-2" / "large").write_bytes(os.urandom(3_000_000))
    result_of(copies(person, task, "--path=runs", "--to=out", engine, "--json"))
    (target / "out" / "runs" / "run-2" / "config.json").unlink()
    shutil.rmtree(target / "out" / "runs" / "-x")

    again = result_of(copies(person, task, "--path=runs", "--to=out", engine, "--json"))

    assert states(again) == dict.fromkeys((*RUNS, "./"), "complete") | {"run-2": "copied", "-x": "copied"}
    assert described(target / "out")["runs"][1] == 1_500_000_000
    assert sum(outcome["wire_bytes"] for outcome in again["directories"]) < 200_000
    assert described(target / "out" / "runs") == described(source / "runs")


def test_a_flipped_byte_is_found_and_sent_again(engine: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """Size and time are the same, so that a plain copy would leave it for ever."""
    task, source, target = sides
    make_runs(source / "runs")
    result_of(copies(person, task, "--path=runs", "--to=out", engine, "--json"))
    damaged = target / "out" / "runs" / "new\nline" / "sub" / "model.bin"
    before, data = damaged.stat(), bytearray(damaged.read_bytes())
    data[5_000] ^= 1
    damaged.write_bytes(data)
    os.utime(damaged, ns=(before.st_atime_ns, before.st_mtime_ns))

    said = copies(person, task, "--path=runs", "--to=out", engine, "--json")

    assert states(result_of(said)) == dict.fromkeys((*RUNS, "./"), "complete") | {"new\nline": "copied"}
    assert "new\\nline: 1 file of the same size and time differ; copied again" in said.stderr
    assert described(target / "out" / "runs") == described(source / "runs")


def test_by_size_nothing_is_hashed_and_nothing_called_verified(
    engine: str, sides: tuple[str, Path, Path], person: Person
) -> None:
    """What is large enough is skipped, whatever is in it; what is smaller is completed."""
    task, source, target = sides
    make_runs(source / "runs")
    out = target / "out" / "runs"
    (out / "run-2").mkdir(parents=True)
    (out / "run-2" / "other").write_bytes(bytes(10 * 1024))
    (out / "run 1" / ".rsync-partial").mkdir(parents=True)
    (out / "run 1" / ".rsync-partial" / "half").write_bytes(bytes(20 * 1024))

    said = copies(person, task, "--path=runs", "--to=out", engine, "--min-size=10K", "--json")
    found = result_of(said)
    table = copies(person, task, "--path=runs", "--to=out", engine, "--min-size=10K").stdout

    assert states(found) == dict.fromkeys((*RUNS, "./"), "copied") | {"run-2": "complete"}
    assert {outcome["judged_by"] for outcome in found["directories"]} == {"size"}
    assert not found["safe_to_destroy"]
    assert {path.name for path in (out / "run-2").iterdir()} == {"other"}
    assert (out / "run 1" / "config.json").read_bytes() == (source / "runs" / "run 1" / "config.json").read_bytes()
    assert [line.split("\t")[1:3] for line in table.splitlines()[1:6]] == [["complete", "size"]] * 5
    assert "compared equal" not in table + said.stderr


def test_a_box_that_runs_no_commands_needs_a_size(box: Sshd, person: Person, tmp_path: Path) -> None:
    """It can't hash: that is said before anything, with what to type; by size SFTP alone does it."""
    forced = tmp_path / "box" / "forced_command"
    only_sftp = 'case "$SSH_ORIGINAL_COMMAND" in *sftp*) ;; *) echo "sftp only"; exit 1 ;; esac\n'
    forced.write_text(forced.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{only_sftp}"))
    make_runs(box.home / "runs")

    refused = copies(person, "pull-each", "--path=runs", "--to=out")
    found = result_of(copies(person, "pull-each", "--path=runs", "--to=out", "--min-size=1G", "--json"))

    assert refused.exit_code == 16
    assert "`proj-1` runs no commands, so nothing can be hashed there" in refused.stderr
    assert "--min-size=1G" in refused.stderr
    assert set(states(found).values()) == {"copied"}
    assert described(person.home / "out" / "runs") == described(box.home / "runs")


def test_a_dry_run_tells_of_each_and_changes_nothing(
    engine: str, sides: tuple[str, Path, Path], person: Person
) -> None:
    """What is missing, what differs, what is there as far as size and time tell."""
    task, source, target = sides
    make_runs(source / "runs")
    out = target / "out" / "runs"
    out.mkdir(parents=True)
    shutil.copytree(source / "runs" / "run 1", out / "run 1")
    (out / "run-2").mkdir()
    before = described(target / "out")

    said = copies(person, task, "--path=runs", "--to=out", engine, "--dry-run", "--json")

    expected = {"run 1": "there", "run-2": "differs", "new\nline": "missing", "-x": "missing", "./": "differs"}
    assert states(result_of(said)) == expected
    assert described(target / "out") == before
