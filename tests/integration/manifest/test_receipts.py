"""Receipts: one for each source beside a destination, found again by either, and an error of their own without room."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.filesystems import small
from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

NO_SPACE, LOCAL_FILE, NO_PATH, DIFFERENT = 23, 30, 21, 27


def fab(person: Person, task: str, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", *words)


def holds(person: Person, path: str, *words: str) -> list[tuple[str, bool]]:
    """Check what is beside a path; return of each receipt the source and whether there is no difference."""
    said = person.types("inv", "transfer.receipt", path, "--json", *words)
    return sorted(
        (each["receipt"]["source"], not each["comparison"]["differences"]["missing"]["count"])
        for each in said.json["receipts"]
    )


def test_two_pulls_into_one_directory_keep_both_receipts(box: Sshd, person: Person) -> None:
    for name in ("first", "second"):
        (box.home / name).mkdir()
        (box.home / name / name).write_text(name)
        said = fab(person, "pull", f"--path={name}/", "--to=out/", "--verify")
        assert said.exit_code == 0, said.stderr
    again = fab(person, "pull", "--path=second/", "--to=out/", "--verify")
    receipts = sorted(path.name for path in person.home.glob("out.*"))
    before = holds(person, "out")
    (person.home / "out" / "first").unlink()

    assert again.exit_code == 0
    assert [re.sub(r"[0-9a-f]{8}", "TAG", name) for name in receipts] == [
        "out.TAG.manifest.gz",
        "out.TAG.receipt.json",
    ] * 2
    assert before == [("./first/", True), ("./second/", True)]
    assert holds(person, ".//out/") == [("./first/", False), ("./second/", True)]
    told = person.types("inv", "transfer.receipt", "out")
    assert told.exit_code == DIFFERENT
    assert "1 only at the source" in told.stderr
    assert told.stdout.count("still as received from proj-1") == 1


def test_a_receipt_of_an_earlier_version_counts_until_there_is_a_newer_one(box: Sshd, person: Person) -> None:
    """It had the name alone; a name that looks as if it had a tag is only a name."""
    (box.home / "run.1a2b3c4d").mkdir()
    (box.home / "run.1a2b3c4d" / "a").write_text("a")
    assert fab(person, "pull", "--path=run.1a2b3c4d", "--to=out/", "--verify").exit_code == 0
    for kind in ("receipt.json", "manifest.gz"):
        [new] = (person.home / "out").glob(f"*.{kind}")
        new.rename(person.home / "out" / f"run.1a2b3c4d.{kind}")
    old = person.home / "out" / "run.1a2b3c4d.receipt.json"
    content = json.loads(old.read_text())
    del content["tag"], content["to"]
    old.write_text(json.dumps(content | {"time": "2020-01-01T00:00:00+00:00"}))
    (person.home / "out" / "run").mkdir()

    assert holds(person, "out/run.1a2b3c4d") == [("./run.1a2b3c4d", True)]
    assert holds(person, "out/run.1a2b3c4d.receipt.json") == [("./run.1a2b3c4d", True)]
    assert person.types("inv", "transfer.receipt", "out/run").exit_code == NO_PATH
    assert fab(person, "pull", "--path=run.1a2b3c4d", "--to=out/", "--verify").exit_code == 0
    assert holds(person, "out/run.1a2b3c4d") == [("./run.1a2b3c4d", True)]


def test_a_receipt_whose_directory_is_gone_names_itself_and_the_way_on(box: Sshd, person: Person) -> None:
    """Here and on the box; moved together, they still belong together."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    assert fab(person, "pull", "--path=ckpt", "--to=out/", "--verify").exit_code == 0
    assert fab(person, "push", "--path=out/ckpt", "--to=far/", "--verify").exit_code == 0
    (person.home / "out").rename(person.home / "moved")
    together = person.types("inv", "transfer.receipt", "moved/ckpt")
    for home, place in ((person.home, "moved"), (box.home, "far")):
        (home / place / "ckpt").rename(home / place / "renamed")

    here, there = person.types("inv", "transfer.receipt", "moved/ckpt"), fab(person, "receipt", "far/ckpt")

    assert together.exit_code == 0, together.stderr
    for said, place in ((here, "moved"), (there, "far")):
        assert said.exit_code == NO_PATH
        assert re.search(rf"receipt `\S*{place}/ckpt\.[0-9a-f]{{8}}\.receipt\.json`", said.stderr), said.stderr
        assert "was it moved or renamed? Move it back" in said.stderr


@pytest.mark.parametrize("task", ["pull", "push"])
@pytest.mark.mounts
def test_the_result_is_shown_where_a_full_disk_takes_no_receipt(
    task: str, box: Sshd, person: Person, tmp_path: Path
) -> None:
    source, target = (box.home, person.home) if task == "pull" else (person.home, box.home)
    (source / "ckpt").mkdir()
    (source / "ckpt" / "a").write_text("a")
    words = (task, "--path=ckpt", "--to=out/")
    with small(target / "out", options="size=64k") as place:
        assert fab(person, *words).exit_code == 0
        fill(place)

        told, said = fab(person, *words, "--verify"), fab(person, *words, "--verify", "--json")

    assert (told.exit_code, said.exit_code) == (NO_SPACE, NO_SPACE), told.stderr
    assert "the receipt could not be written" in told.stderr
    assert "1 file (1 B) compared equal" in told.stdout
    assert "no receipt: " in told.stdout
    verification = said.json["verification"]
    assert (verification["comparison"]["files"], verification["receipt"]) == (1, "")
    assert verification["unwritten"]["exit_code"] == NO_SPACE


@pytest.mark.parametrize("task", ["pull", "push"])
def test_the_result_is_shown_where_a_receipt_can_not_be(task: str, box: Sshd, person: Person) -> None:
    """Its name would be too long."""
    source = box.home if task == "pull" else person.home
    name = "n" * 250
    (source / name).mkdir()
    (source / name / "a").write_text("a")

    said = fab(person, task, f"--path={name}", "--to=out/", "--verify", "--json")

    assert said.exit_code == LOCAL_FILE, said.stderr
    assert said.json["verification"]["comparison"]["files"] == 1
    assert said.json["verification"]["unwritten"]["why"]
    assert "the receipt could not be written" in said.stderr


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    with TwoBoxes(person, tmp_path) as found:
        yield found


def test_a_copy_from_box_to_box_leaves_its_receipt_on_the_target(two: TwoBoxes) -> None:
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "a").write_text("a")

    said = two.copies("--json")
    words = ("fab", "-H", "proj-2", "transfer.receipt", "data/ckpt")
    holding = two.person.types(*words)
    (two.target.home / "data" / "ckpt" / "a").write_text("b")
    broken = two.person.types(*words, "--json")

    [receipt] = (two.target.home / "data").glob("ckpt.*.receipt.json")
    kept = json.loads(receipt.read_text())
    assert said.exit_code == 0, said.stderr
    assert said.json["verification"]["receipt"] == str(receipt)
    assert (kept["direction"], kept["box"], kept["to"]) == ("copy", "proj-1", "proj-2")
    assert kept["host_key"] == two.source.host_key_fingerprint
    assert holding.stdout.startswith("still as received from proj-1 at ")
    assert broken.exit_code == DIFFERENT
    assert broken.json["receipts"][0]["comparison"]["differences"]["different"]["names"] == ["a"]


def fill(place: Path) -> None:
    """Leave no byte free."""
    with (place / "fills").open("wb", buffering=0) as file:
        for step in (4096, 1):
            try:
                while file.write(b"x" * step):
                    pass
            except OSError:
                continue


def test_a_link_that_a_box_has_planted_is_replaced_by_the_receipt(box: Sshd, person: Person) -> None:
    """A box can work out what a receipt will be called."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "w").write_text("w")
    thesis = person.home / "thesis.tex"
    thesis.write_text("ten years of work")
    fab(person, "pull", "--path=ckpt", "--to=probe/", "--verify")
    names = [path.name for path in (person.home / "probe").iterdir() if path.is_file()]
    (box.home / "a").mkdir()
    for name in names:
        (box.home / "a" / name).symlink_to(thesis)
    assert fab(person, "pull", "--path=a/", "--to=here/").exit_code == 0

    said = fab(person, "pull", "--path=ckpt", "--to=here/", "--verify")

    assert said.exit_code == 0, said.stderr
    assert len(names) == 2
    assert thesis.read_text() == "ten years of work"
    assert not any((person.home / "here" / name).is_symlink() for name in names)
