"""A volume that boxes have mounted is written and read with our own key; the box does nothing but name times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.bucket import Bucket
from tests.support.trees import described, make_tree
from tests.support.volume import VolumeDoor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

LIMIT_BYTES = 17 << 20
LARGE_BYTES = 40_000_000


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Bucket]:
    with Bucket(tmp_path / "volumes") as made:
        yield made


@pytest.fixture
def door(person: Person, volume: Bucket) -> Iterator[VolumeDoor]:
    with VolumeDoor(volume.port, LIMIT_BYTES) as made:
        settings = f"relays:\n  lab:\n    url: s3://runs\n    endpoint: http://127.0.0.1:{made.port}\n"
        (person.home / "fabric.yaml").write_text(f"{settings}    kind: volume\n    mount: {volume.files}\n")
        yield made


def types(person: Person, volume: Bucket, task: str, *words: str) -> Said:
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--via=lab", "--json", *words)
    return person.types(*words, env=volume.environment)


def test_what_is_pushed_is_there_under_its_names(person: Person, box: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    """Hostile names go over ssh; nothing is listed, and no part is too long."""
    make_tree(person.home / "data", large_bytes=LARGE_BYTES)

    said = types(person, volume, "push", "--path=data", f"--to={volume.files}/runs/", "--verify")

    assert said.exit_code == 0, said.stderr
    assert described(volume.files / "runs" / "data") == described(person.home / "data")
    assert said.json["via"]["up_bytes"] > LARGE_BYTES
    assert said.json["wire_bytes"] < 1 << 20
    assert door.listings == 0
    assert 0 < door.longest_bytes <= LIMIT_BYTES


def test_what_is_pulled_comes_from_the_volume(person: Person, box: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    make_tree(volume.files / "ck", large_bytes=LARGE_BYTES)

    said = types(person, volume, "pull", f"--path={volume.files}/ck", "--to=to/", "--verify")

    assert said.exit_code == 0, said.stderr
    assert described(person.home / "to" / "ck") == described(volume.files / "ck")
    assert said.json["via"]["down_bytes"] > LARGE_BYTES
    assert said.json["wire_bytes"] < 1 << 20
    assert door.listings == 0


def test_what_is_not_on_it_is_refused_before_anything_moves(
    person: Person, box: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    (person.home / "data").write_bytes(os.urandom(1000))

    said = types(person, volume, "push", "--path=data", "--to=to/")
    left = person.types("fab", "transfer.relay", "lab", env=volume.environment)

    assert said.exit_code == 2
    assert "is not on the volume `lab`" in said.stderr
    assert f"a path below {volume.files}" in said.stderr
    assert volume.objects == []
    assert "no copy has left anything" in left.stdout
    assert door.listings == 0


@pytest.fixture
def stopped(person: Person, box: Sshd) -> Sshd:
    """A box that is known, and does not run."""
    box.stop()
    return box


def make_plain(root: Path) -> None:
    (root / "deep").mkdir(parents=True)
    (root / "large").write_bytes(os.urandom(LARGE_BYTES))
    (root / "deep" / "a b").write_text("small")
    (root / "empty").touch()


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_push_needs_no_box(person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    """Only what is missing or another is sent, and it is said how that is known."""
    make_plain(person.home / "data")
    words = ("--path=data", f"--to={volume.files}/runs/")

    said = types(person, volume, "push", *words)
    again = types(person, volume, "push", *words)
    (volume.files / "runs" / "data" / "deep" / "a b").write_text("other")
    mended = types(person, volume, "push", *words)

    assert (said.exit_code, again.exit_code, mended.exit_code) == (0, 0, 0), said.stderr + again.stderr
    assert contents(volume.files / "runs" / "data") == contents(person.home / "data")
    assert "proj-1 does not answer (" in said.stderr
    assert [one.json["files"] for one in (said, again, mended)] == [3, 0, 1]
    compared = "by length and entity tag where there is a known one, as the box did not answer"
    assert said.json["via"]["compared"] == compared
    assert door.listings == 0
    assert 0 < door.longest_bytes <= LIMIT_BYTES


def test_without_a_tag_that_tells_the_length_must_do(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    """And all is sent again, as nobody knows."""
    door.tags_its_own_way = True
    make_plain(person.home / "data")
    words = ("--path=data", f"--to={volume.files}/runs/")

    said, again = (types(person, volume, "push", *words) for _ in range(2))

    assert (said.exit_code, again.exit_code) == (0, 0), said.stderr + again.stderr
    assert [one.json["files"] for one in (said, again)] == [3, 3]
    assert contents(volume.files / "runs" / "data") == contents(person.home / "data")


def test_a_pull_needs_no_box(person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    make_plain(volume.files / "ck")
    words = (f"--path={volume.files}/ck", "--to=to/")

    said = types(person, volume, "pull", *words)
    again = types(person, volume, "pull", *words)
    one = types(person, volume, "pull", f"--path={volume.files}/ck/deep/a b", "--to=one/")

    assert (said.exit_code, again.exit_code, one.exit_code) == (0, 0, 0), said.stderr + one.stderr
    assert contents(person.home / "to" / "ck") == contents(volume.files / "ck")
    assert [one.json["files"] for one in (said, again, one)] == [3, 0, 1]
    assert (person.home / "one" / "a b").read_text() == "small"


def test_what_a_link_here_keeps_from_its_name_does_not_pass_for_fetched(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    """Where the link leads is a file of this name and length."""
    (volume.files / "ck" / "sub").mkdir(parents=True)
    (volume.files / "ck" / "sub" / "a").write_text("new!")
    elsewhere = person.home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a").write_text("old!")
    (person.home / "to" / "ck").mkdir(parents=True)
    (person.home / "to" / "ck" / "sub").symlink_to(elsewhere)

    said = types(person, volume, "pull", f"--path={volume.files}/ck", "--to=to/")

    assert said.exit_code == 25
    assert "1 file of the volume `lab` got no name here" in said.stderr
    assert (elsewhere / "a").read_text() == "old!"


def test_what_needs_the_box_is_refused_without_it(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    (person.home / "data").mkdir()
    (person.home / "data" / "link").symlink_to("file")
    (person.home / "data" / "file").write_text("x")
    words = ("--path=data", f"--to={volume.files}/runs/")

    deletes = types(person, volume, "push", *words, "--delete")
    compares = types(person, volume, "push", *words, "--verify")
    assert not (volume.files / "runs").exists()
    link = types(person, volume, "push", *words)
    nothing = types(person, volume, "pull", f"--path={volume.files}/nothing", "--to=to/")

    assert (deletes.exit_code, compares.exit_code) == (11, 11)
    assert link.exit_code != 0
    assert "1 name can't be stored without the box" in link.stderr
    assert contents(volume.files / "runs") == {"data/file": b"x"}
    assert nothing.exit_code != 0
    assert "is not on the volume `lab`" in nothing.stderr


def test_a_file_lands_in_the_directory_that_is_there_as_with_the_box(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    """What shows no directory, as it is empty, is told for what it may be, with what to type."""
    (person.home / "data").write_text("x")
    (volume.files / "full").mkdir()
    (volume.files / "full" / "other").touch()
    (volume.files / "empty").mkdir()

    said = types(person, volume, "push", "--path=data", f"--to={volume.files}/full")
    empty = types(person, volume, "push", "--path=data", f"--to={volume.files}/empty")
    slash = types(person, volume, "push", "--path=data", f"--to={volume.files}/empty/")

    assert (said.exit_code, slash.exit_code) == (0, 0), said.stderr + slash.stderr
    assert contents(volume.files / "full") == {"other": b"", "data": b"x"}
    assert empty.exit_code != 0
    assert f"hint: if `{volume.files}/empty` is a directory: --to={volume.files}/empty/" in empty.stderr
    assert contents(volume.files / "empty") == {"data": b"x"}


def test_a_link_that_leads_nowhere_keeps_nothing_else_back(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    """As rsync does it; one to a directory is followed."""
    make_plain(person.home / "data")
    (person.home / "data" / "broken").symlink_to("nothing")
    (person.home / "data" / "again").symlink_to("deep")

    said = types(person, volume, "push", "--path=data", f"--to={volume.files}/runs/", "--copy-links")

    assert said.exit_code == 25
    assert "1 symlink that should be followed lead to nothing; all else was copied" in said.stderr
    assert "data/broken" in said.stderr
    there = contents(volume.files / "runs" / "data")
    assert there == {**contents(person.home / "data"), "again/a b": b"small"}


def test_what_is_left_out_stays_where_it_is_both_ways(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    make_plain(person.home / "data")
    make_plain(volume.files / "ck")

    pushed = types(person, volume, "push", "--path=data", f"--to={volume.files}/runs/", "--exclude=deep/")
    pulled = types(person, volume, "pull", f"--path={volume.files}/ck", "--to=to/", "--exclude=/ck/large")

    assert (pushed.exit_code, pulled.exit_code) == (0, 0), pushed.stderr + pulled.stderr
    assert set(contents(volume.files / "runs" / "data")) == {"large", "empty"}
    assert set(contents(person.home / "to" / "ck")) == {"deep/a b", "empty"}


def test_a_dry_run_tells_what_would_go_and_changes_nothing(
    person: Person, stopped: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    make_plain(person.home / "data")
    make_plain(volume.files / "ck")
    (person.home / "data" / "link").symlink_to("large")
    (volume.files / "runs" / "data" / "deep").mkdir(parents=True)
    (volume.files / "runs" / "data" / "deep" / "a b").write_text("small")
    (volume.files / "runs" / "data" / "empty").write_text("no more")

    pushed = types(person, volume, "push", "--path=data", f"--to={volume.files}/runs/", "--dry-run")
    pulled = types(person, volume, "pull", f"--path={volume.files}/ck", "--to=to/", "--dry-run")

    assert (pushed.exit_code, pulled.exit_code) == (0, 0), pushed.stderr + pulled.stderr
    assert [one.json["files"] for one in (pushed, pulled)] == [2, 3]
    assert [one.json["dry_run"] for one in (pushed, pulled)] == [True, True]
    assert pushed.json["changes"] == ["changed file: data/empty", "new file: data/large"]
    assert "warning: can't be copied without the box: data/link" in pushed.stderr
    assert "2 files, 40.0 MB (volume, by way of lab)" in pushed.stderr
    assert set(contents(volume.files / "runs" / "data")) == {"deep/a b", "empty"}
    assert not (person.home / "to").exists()
