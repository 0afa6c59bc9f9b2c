"""Targets that can't hold what a Linux disk holds: told before anything moves, and the second run changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.copying import copying, held, write
from tests.support.filesystems import exfat, folding, ntfs, picky, vfat
from tests.support.picky import Limits
from tests.support.processes import until

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.copying import Copying
    from tests.support.filesystems import Mount
    from tests.support.person import Person
    from tests.support.sshd import Sshd

# Refused, or told of single files.
TOLD = frozenset({7, 23, 24, 25})
FULL, GUARDED = 23, 7
MB = 1_000_000
pytestmark = pytest.mark.mounts


class Way(NamedTuple):
    """A copy to a file system."""

    task: str
    engine: str
    mount: Mount


def ways(*mounts: Mount, tasks: tuple[str, ...] = ("push",)) -> pytest.MarkDecorator:
    """Return both engines with each of these as a target."""
    every = [Way(task, engine, mount) for mount in mounts for task in tasks for engine in ("rsync", "sftp")]
    return pytest.mark.parametrize("way", every, ids=["-".join((way.mount.__name__, *way[:2])) for way in every])


@pytest.fixture
def copy(way: Way, box: Sshd, person: Person) -> Iterator[Copying]:
    """A copy onto the file system of `way`."""
    made = copying(person, box, way.task, way.engine)
    made.target.rmdir()
    with way.mount(made.target):
        yield made


def small_files(place: Path) -> contextlib.AbstractContextManager[Path]:
    return picky(place, Limits(largest_bytes=MB))


def small_quota(place: Path) -> contextlib.AbstractContextManager[Path]:
    return picky(place, Limits(quota_bytes=MB))


def names(root: Path) -> list[str]:
    return [os.fsdecode(name) for name in held(root)]


@ways(folding, tasks=("push", "pull"))
def test_two_names_that_become_one_are_refused_before_anything_moves(copy: Copying) -> None:
    write(copy.source / "run" / "Model.pt", "one")
    write(copy.source / "run" / "model.pt", "another")
    write(copy.source / "fine")

    for _ in range(2):
        said = copy.types()

        assert said.exit_code in TOLD, said.stderr
        assert "Model.pt" in said.stderr
        assert "model.pt" in said.stderr
        assert names(copy.target) == []


@ways(folding, exfat)
def test_two_directories_that_become_one_are_refused_before_anything_moves(copy: Copying) -> None:
    write(copy.source / "Data" / "x")
    write(copy.source / "data" / "y")

    said = copy.types()

    assert said.exit_code in TOLD, said.stderr
    assert "Data" in said.stderr
    assert "data" in said.stderr.replace(str(copy.source), "")
    assert names(copy.target) == []


@ways(folding)
def test_names_that_become_one_are_no_two_if_one_is_left_out(copy: Copying) -> None:
    write(copy.source / "Model.pt", "one")
    write(copy.source / "model.pt", "another")

    said = copy.types("--exclude=model.pt")

    assert said.exit_code == 0, said.stderr
    assert held(copy.target) == {b"Model.pt": b"one"}


@ways(folding, exfat, vfat)
def test_what_got_other_capitals_is_not_deleted_with_its_old_name(copy: Copying) -> None:
    """To the target they are one name: what goes is what the source has no name for at all. Or it is told."""
    for number in range(6):
        write(copy.source / f"kept{number}")
    write(copy.source / "Model.pt", "weights")
    write(copy.source / "Runs" / "a", "a")
    # Case is no more told by this one than by others.
    write(copy.source / "A\u00df.txt")
    copy.types()
    (copy.source / "A\u00df.txt").unlink()
    (copy.source / "Model.pt").unlink()
    (copy.source / "Runs").rename(copy.source / "moved")
    (copy.source / "moved").rename(copy.source / "runs")
    write(copy.source / "model.pt", "NEW weights", mtime_s=1_600_000_300)

    for _ in range(2):
        said = copy.types("--delete", "--json")

        assert said.exit_code in {0, 25}, said.stderr
        assert (copy.target / "model.pt").read_text() == "NEW weights"
        assert (copy.target / "runs" / "a").read_text() == "a"
        assert (copy.target / "kept0").exists()
    if copy.engine == "rsync" and said.exit_code == 0:
        assert not (copy.target / "A\u00df.txt").exists()


@ways(folding, exfat, ntfs)
def test_what_is_copied_once_is_not_copied_again(copy: Copying) -> None:
    """Whatever becomes of modes and of how names are written."""
    for number, mode in enumerate((0o600, 0o640, 0o755)):
        write(copy.source / "Runs" / f"Of {mode:o}", mtime_s=1_600_000_000.5 + number).chmod(mode)
    write(copy.source / "empty", "")

    first = copy.types("--json")
    before = held(copy.target)
    again = copy.types("--json")

    assert first.exit_code == 0, first.stderr
    assert [content for content in before.values() if content] == [b"content"] * 3
    assert again.exit_code == 0, again.stderr
    assert (again.json["files"], again.json["bytes"]) == (0, 0)
    assert held(copy.target) == before


@ways(vfat, tasks=("push", "pull"))
def test_times_of_two_seconds_do_not_copy_for_ever(copy: Copying) -> None:
    """And a file that has changed is copied all the same, also if its size has not."""
    for odd in range(4):
        write(copy.source / "sub" / f"{odd}", mtime_s=1_600_000_000.9 + odd)

    first = copy.types("--json")
    again = copy.types("--json")
    write(copy.source / "sub" / "1", "CONTENT", mtime_s=1_600_000_100)
    third = copy.types("--json")

    for said, files in ((first, 4), (again, 0), (third, 1)):
        assert (said.exit_code, said.stderr) == (0, said.stderr), said.stderr
        assert said.json["files"] == files
    assert {name: held(copy.target)[name] for name in (b"sub/0", b"sub/1")} == {
        b"sub/0": b"content",
        b"sub/1": b"CONTENT",
    }


@pytest.mark.parametrize("name", ["run:1", "last dot."])
@ways(vfat, ntfs)
def test_a_name_that_can_not_be_is_told(copy: Copying, name: str) -> None:
    """A FAT drops the dot without a word, and the copy would have another name than is said."""
    write(copy.source / name)

    said = copy.types()

    assert said.exit_code in TOLD, said.stderr
    assert name in said.stderr
    assert names(copy.target) == []


@ways(small_files)
def test_a_file_that_is_too_large_for_the_target_is_told_before_its_first_byte(copy: Copying) -> None:
    """As one over 4 GiB is for a FAT; running it again is no cure."""
    write(copy.source / "large", "x" * 2 * MB)

    said = copy.types()

    assert said.exit_code in TOLD, said.stderr
    assert "large" in said.stderr
    assert "run it again" not in said.stderr
    assert names(copy.target) == []


@ways(small_quota)
def test_a_quota_that_is_used_up_is_a_full_disk(copy: Copying) -> None:
    write(copy.source / "large", "x" * 2 * MB)

    said = copy.types()

    assert said.exit_code == FULL, said.stderr
    assert "large" not in names(copy.target)


@pytest.mark.parametrize("by", ["rsync", "sftp"])
@pytest.mark.parametrize("mount", [vfat, exfat], ids=["vfat", "exfat"])
def test_a_source_of_little_is_copied_once(box: Sshd, person: Person, mount: Mount, by: str) -> None:
    """With all modes alike and times rounded, it is what it is."""
    made = copying(person, box, "pull", by)
    made.source.rmdir()
    with mount(made.source):
        for odd in range(3):
            write(made.source / "sub" / f"{odd}", mtime_s=1_600_000_000.9 + odd)

        first = made.types("--json")
        again = made.types("--json", "--delete")

    assert (first.exit_code, first.json["files"]) == (0, 3), first.stderr
    assert (again.exit_code, again.json["files"]) == (0, 0), again.stderr


@pytest.mark.parametrize("task", ["pull-each", "push-each"])
def test_two_directories_that_become_one_are_refused_for_each_too(task: str, box: Sshd, person: Person) -> None:
    """Each of its copies sees one of them alone."""
    source, target = (box.home, person.home) if task == "pull-each" else (person.home, box.home)
    write(source / "runs" / "Run" / "model.pt", "BIG RUN")
    write(source / "runs" / "run" / "model.pt", "small run")
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--path=runs", "--to=out")

    with folding(target / "out"):
        for _ in range(2):
            said = person.types(*words)
            assert said.exit_code == GUARDED
            assert "Run and run" in said.stderr
            assert held(target / "out") == {}
        assert person.types(*words, "--exclude=run").exit_code == 0
        assert held(target / "out")[b"runs/Run/model.pt"] == b"BIG RUN"


def test_a_watch_puts_nothing_over_a_name_that_is_another(box: Sshd, person: Person) -> None:
    """What has settled later is not copied beside what is here."""
    words = ("fab", "-H", "proj-1", "transfer.watch", "--path=run", "--to=out", "--every=1", "--settle=1")
    write(box.home / "run" / "Model.pt", "FIRST")
    with folding(person.home / "out"):
        with person.starts(*words) as watching:
            until((person.home / "out" / "run" / "Model.pt").exists)
            write(box.home / "run" / "model.pt", "second")
            _, stderr = watching.communicate()

        assert watching.returncode == GUARDED
        assert "Model.pt and model.pt" in stderr
        assert (person.home / "out" / "run" / "Model.pt").read_text() == "FIRST"
