"""Copies directory by directory: the same tree as one copy would make, and no failure stops the others."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.copying import copies
from tests.support.runs import RUNS, arrived, make_runs, result_of, states
from tests.support.trees import described, litter, make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


# Either slash in either direction is for `test_what_is_excluded_is_what_one_copy_excludes`, whose tree is small.
@pytest.mark.parametrize(("sides", "path"), [("pull", "runs"), ("push", "runs/")], indirect=["sides"])
def test_it_makes_the_tree_that_one_copy_makes(path: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """With and without a trailing slash, with hostile names, links, empty directories, old times."""
    task, source, target = sides
    make_tree(source / "runs", large_bytes=5_000_000)
    os.utime(source / "runs", (1_500_000_000, 1_500_000_000))

    whole = copies(person, task.removesuffix("-each"), f"--path={path}", "--to=one")
    found = result_of(copies(person, task, f"--path={path}", "--to=each", "--json"))

    assert whole.exit_code == 0, whole.stderr
    assert arrived(target / "each") == described(target / "one")
    assert not litter(target)
    assert set(states(found).values()) == {"copied"}
    assert {outcome["judged_by"] for outcome in found["directories"]} == {"manifest"}
    assert len(found["directories"]) == sum(at.is_dir() and not at.is_symlink() for at in (source / "runs").iterdir())
    assert found["safe_to_destroy"] == (task == "pull-each")


def test_the_table_has_a_line_for_each(box: Sshd, person: Person) -> None:
    """In a pipe: headings, tabs, hostile names escaped, then how many are complete, and whether the box is needed."""
    make_runs(box.home / "runs")

    lines = copies(person, "pull-each", "--path=runs", "--to=out").stdout.splitlines()

    assert [line.split("\t")[:4] for line in lines[:6]] == [
        ["directory", "state", "by", "files"],
        ["-x", "copied", "manifest", "2"],
        ["new\\nline", "copied", "manifest", "2"],
        ["run 1", "copied", "manifest", "2"],
        ["run-2", "copied", "manifest", "2"],
        ["./", "copied", "manifest", "1"],
    ]
    assert lines[6].startswith(f"proj-1:runs -> {person.home}/out/runs/: 4 of 4 directories are complete (")
    assert lines[7].startswith(f"receipt: {person.home}/out/runs.")
    assert lines[8].startswith("safe to destroy proj-1 as far as runs goes: all 9 files (")
    assert len(lines) == 9


def test_all_directories_together_have_one_receipt(sides: tuple[str, Path, Path], person: Person) -> None:
    """As one copy has; it names what changes in any of them, or beside them, and is there only if all has arrived."""
    task, source, target = sides
    make_runs(source / "runs")
    (source / "runs" / "-x" / "pipe").mkdir()
    (target / "out" / "runs" / "run-2" / "config.json" / "precious").mkdir(parents=True)
    failed = result_of(copies(person, task, "--path=runs", "--to=out", "--json"), exit_code=25)
    none = list((target / "out").glob("*.receipt.json"))
    shutil.rmtree(target / "out" / "runs" / "run-2")

    found = result_of(copies(person, task, "--path=runs", "--to=out", "--json"))
    program = ("inv",) if task == "pull-each" else ("fab", "-H", "proj-1")
    holds = person.types(*program, "transfer.receipt", "out/runs")
    (target / "out" / "runs" / "run 1" / "config.json").write_text("changed")
    (target / "out" / "runs" / "notes.txt").unlink()
    broken = person.types(*program, "transfer.receipt", "out/runs", "--json")

    [receipt] = (target / "out").glob("runs.*.receipt.json")
    assert (failed["receipt"], none) == ("", [])
    assert found["receipt"] == str(receipt)
    assert json.loads(receipt.read_text())["files"] == 9
    assert holds.exit_code == 0, holds.stderr + holds.stdout
    [comparison] = [each["comparison"] for each in broken.json["receipts"]]
    names = {kind: of["names"] for kind, of in comparison["differences"].items() if of["count"]}
    assert names == {"missing": ["notes.txt"], "different": ["run 1/config.json"]}


def test_a_receipt_that_can_not_be_written_hides_no_result(box: Sshd, person: Person) -> None:
    """Its name would be too long."""
    make_runs(box.home / ("n" * 250))

    found = result_of(copies(person, "pull-each", f"--path={'n' * 250}", "--to=out", "--json"), exit_code=30)

    assert set(states(found).values()) == {"copied"}
    assert found["unwritten"]["why"]


def test_one_failure_stops_no_other(engine: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """A directory stands where a file must go; the rest arrives, and a run after that is out of the way does it."""
    task, source, target = sides
    make_runs(source / "runs")
    in_the_way = target / "out" / "runs" / "run-2" / "config.json"
    (in_the_way / "precious").mkdir(parents=True)

    said = copies(person, task, "--path=runs", "--to=out", engine, "--json")
    failed = result_of(said, exit_code=25)
    in_the_way.joinpath("precious").rmdir()
    in_the_way.rmdir()
    again = result_of(copies(person, task, "--path=runs", "--to=out", engine, "--json"))

    assert states(failed) == dict.fromkeys((*RUNS, "./"), "copied") | {"run-2": "failed"}
    (wrong,) = (outcome for outcome in failed["directories"] if outcome["state"] == "failed")
    assert wrong["exit_code"] == 25
    assert wrong["why"]
    assert "not everything has arrived: 3 of 4 directories are complete" in said.stderr
    assert not failed["safe_to_destroy"]
    assert states(again) == dict.fromkeys((*RUNS, "./"), "complete") | {"run-2": "copied"}
    assert described(target / "out" / "runs") == described(source / "runs")


@pytest.mark.parametrize(("path", "anchor"), [("runs", "/runs"), ("runs/", "")])
def test_what_is_excluded_is_what_one_copy_excludes(
    path: str, anchor: str, engine: str, sides: tuple[str, Path, Path], person: Person
) -> None:
    """Whole directories, files in all of them, and anchored patterns; and then no box is safe to destroy."""
    task, source, target = sides
    make_runs(source / "runs")
    (source / "runs" / "run 1" / "notes.txt").write_text("kept, as only the one beside is anchored")
    patterns = ["--exclude=new*", "--exclude=sub/", f"--exclude={anchor}/notes.txt", f"--exclude={anchor}/-x/*.json"]

    whole = copies(person, task.removesuffix("-each"), f"--path={path}", "--to=one", *patterns)
    found = result_of(copies(person, task, f"--path={path}", "--to=each", engine, *patterns, "--json"))

    assert whole.exit_code == 0, whole.stderr
    assert arrived(target / "each") == described(target / "one")
    assert set(states(found)) == {"run 1", "run-2", "-x", "./"}
    assert not found["safe_to_destroy"]


def test_a_pattern_may_be_anchored_inside_of_the_path(box: Sshd, person: Person) -> None:
    """In one copy of it all such a pattern would fit nothing, and hints are given in this form."""
    make_runs(box.home / "runs")

    found = result_of(copies(person, "pull-each", "--path=runs", "--exclude=/run-2", "--exclude=/-x/sub", "--json"))

    assert set(states(found)) == {"run 1", "new\nline", "-x", "./"}
    assert not (person.home / "proj-1" / "runs" / "-x" / "sub").exists()


def test_deletion_goes_on_in_each_directory(engine: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """A complete directory with a stale file is no complete one then; what the source lacks altogether stays."""
    task, source, target = sides
    make_runs(source / "runs")
    out = target / "out" / "runs"
    result_of(copies(person, task, "--path=runs", "--to=out", engine, "--json"))
    for stale in (out / "run-2" / "stale", out / "stale"):
        stale.write_text("stale")
    (out / "old run").mkdir()

    found = result_of(copies(person, task, "--path=runs", "--to=out", engine, "--delete", "--json"))

    assert states(found) == dict.fromkeys(RUNS, "complete") | {"run-2": "copied", "./": "copied"}
    assert not (out / "run-2" / "stale").exists()
    assert not (out / "stale").exists()
    assert (out / "old run").exists()


def test_several_boxes_each_get_their_directories(box: Sshd, person: Person) -> None:
    """By `{box}`; without it they are refused, as they would write over each other."""
    person.adds_alias("proj-2", box.port, box.user)
    make_runs(box.home / "runs")

    refused = person.types("fab", "-H", "proj-1,proj-2", "transfer.pull-each", "--path=runs/", "--to=all")
    said = person.types("fab", "-H", "proj-1,proj-2", "transfer.pull-each", "--path=runs/", "--to=all/{box}", "--json")

    assert refused.exit_code == 2
    assert {name: set(states(found).values()) for name, found in result_of(said).items()} == {
        "proj-1": {"copied"},
        "proj-2": {"copied"},
    }
    assert described(person.home / "all" / "proj-2") == described(box.home / "runs")


def test_a_credential_keeps_only_its_directory_back(box: Sshd, person: Person) -> None:
    """The guard of a push is each directory's; `--allow` lets it through."""
    make_runs(person.home / "runs")
    (person.home / "runs" / "run-2" / "id_ed25519").write_bytes(person.identity.read_bytes())

    refused = result_of(copies(person, "push-each", "--path=runs", "--to=out", "--json"), exit_code=25)
    allowed = result_of(
        copies(person, "push-each", "--path=runs", "--to=out", "--allow=runs/run-2/id_ed25519", "--json")
    )

    assert states(refused)["run-2"] == "failed"
    assert next(outcome["exit_code"] for outcome in refused["directories"] if outcome["name"] == "run-2") == 7
    assert (box.home / "out" / "runs" / "run 1" / "config.json").exists()
    assert states(allowed)["run-2"] == "copied"


def test_what_is_no_directory_is_refused(box: Sshd, person: Person) -> None:
    """A file, a link, nothing at all, and a number of jobs that no box would bear."""
    make_runs(box.home / "runs")

    said = [
        copies(person, "pull-each", f"--path=runs/{name}", *more)
        for name, *more in (("notes.txt",), ("latest",), ("nothing",), ("run-2", "--jobs=17"), ("-x", "--min-size=0"))
    ]

    assert [one.exit_code for one in said] == [2, 2, 21, 2, 2]
    assert "a trailing slash follows it" in said[1].stderr
    assert not (person.home / "proj-1").exists()
