"""Copies without rsync do what copies with rsync do."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from invoke.context import Context
from ssh_transport.tasks import transfer

from ssh_transport.leftovers import SFTP_PARTIAL_DIRECTORY
from ssh_transport.transfer.sftp.file import partial_path
from ssh_transport.trees.tree import Entry
from tests.support.trees import described, litter, make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

LARGE_BYTES = 5_000_000


class Copies:
    """A copy in one direction, and the two ends as this machine sees them."""

    def __init__(self, person: Person, box: Sshd, direction: str) -> None:
        self._person, self._direction = person, direction
        self.source = (box if direction == "pull" else person).home / "from"
        self.target = (person if direction == "pull" else box).home / "to"

    def run(self, *flags: str) -> Said:
        words = (f"transfer.{self._direction}", "--path=from/", "--to=to", "--engine=sftp", "--json", *flags)
        return self._person.types("fab", "-H", "proj-1", *words)

    def succeeds(self, *flags: str) -> dict[str, object]:
        said = self.run(*flags)
        assert said.exit_code == 0, said.stderr
        found: dict[str, object] = said.json
        assert found["engine"] == "sftp"
        return found


@pytest.fixture(params=["pull", "push"])
def copy(request: pytest.FixtureRequest, person: Person, box: Sshd) -> Copies:
    made = Copies(person, box, request.param)
    made.source.mkdir()
    return made


def write(path: Path, content: str | bytes = "content", mtime_s: int = 1_600_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (mtime_s, mtime_s))


def test_a_tree_arrives_whole_and_the_second_run_changes_nothing(copy: Copies) -> None:
    """Names of any bytes, modes, times, links, empty directories."""
    copy.source.rmdir()
    make_tree(copy.source, large_bytes=LARGE_BYTES)
    (copy.source / os.fsdecode(b"not utf-8 \xff\xfe")).write_text("x")

    copy.succeeds()
    before = described(copy.target)
    again = copy.succeeds()

    assert described(copy.source) == before == described(copy.target)
    assert (again["files"], again["bytes"], again["links"]) == (0, 0, 0)
    assert litter(copy.target) == []


@pytest.mark.parametrize("path", ["ck", "ck/model.bin"])
def test_the_file_under_way_is_named_as_rsync_names_it(
    path: str, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(person.home))
    write(box.home / "ck" / "model.bin", b"x" * LARGE_BYTES)
    seen: set[str] = set()

    transfer.pull(
        Context(),
        path,
        to=f"{person.home}/to/",
        on="proj-1",
        engine="sftp",
        on_progress=lambda _, progress: seen.add(progress.current),
    )

    assert seen - {""} == {"ck/model.bin" if path == "ck" else "model.bin"}


def test_what_is_excluded_is_neither_copied_nor_deleted(copy: Copies) -> None:
    for name in ("keep.txt", "a.log", "deep/b.log", "cache/c.txt"):
        write(copy.source / name)
    write(copy.target / "theirs.log")
    write(copy.target / "theirs.txt")

    copy.succeeds("--exclude=*.log", "--exclude=/cache/", "--delete", "--max-delete=1")

    found = sorted(str(path.relative_to(copy.target)) for path in copy.target.rglob("*"))
    assert found == ["deep", "keep.txt", "theirs.log"]


def test_deleting_takes_whole_directories_and_clears_the_way(copy: Copies) -> None:
    write(copy.source / "now a file")
    write(copy.source / "now a directory" / "x")
    write(copy.target / "now a file" / "x")
    write(copy.target / "now a directory")
    write(copy.target / "gone" / "deep" / "x")

    said = copy.succeeds("--delete", "--max-delete=5")

    assert described(copy.source) == described(copy.target)
    gone = ["gone/", "gone/deep/", "gone/deep/x", "now a file/", "now a file/x"]
    assert said["deletions"] == gone


def test_a_directory_in_the_way_of_a_file_stays_unless_deleting_was_asked_for(copy: Copies) -> None:
    write(copy.source / "name")
    write(copy.source / "other")
    write(copy.target / "name" / "precious")

    said = copy.run()

    assert (said.exit_code, "name: a directory stands where it must go" in said.stderr) == (25, True), said.stderr
    assert (copy.target / "name" / "precious").exists()
    assert (copy.target / "other").exists()


def test_links_are_followed_where_asked_and_a_circle_is_told(copy: Copies) -> None:
    write(copy.source / "blobs" / "big")
    (copy.source / "snapshot").mkdir()
    (copy.source / "snapshot" / "model").symlink_to("../blobs/big")
    (copy.source / "linked").symlink_to("blobs")
    copy.succeeds("--copy-links")
    (copy.source / "blobs" / "circle").symlink_to("..")
    (copy.source / "dangling").symlink_to("nowhere")

    said = copy.run("--copy-links")

    assert not (copy.target / "snapshot" / "model").is_symlink()
    assert (copy.target / "linked" / "big").read_text() == "content"
    assert said.exit_code == 25
    assert "blobs/circle: the symlink leads in a circle" in said.stderr
    assert "dangling: the symlink leads nowhere" in said.stderr


def test_permissions_alone_are_set_without_sending_the_file(copy: Copies) -> None:
    write(copy.source / "x", b"0" * LARGE_BYTES)
    copy.succeeds()
    (copy.source / "x").chmod(0o600)

    said = copy.succeeds()

    assert stat.S_IMODE((copy.target / "x").stat().st_mode) == 0o600
    assert int(str(said["wire_bytes"])) < LARGE_BYTES / 10


def test_set_id_bits_are_not_handed_on(copy: Copies) -> None:
    write(copy.source / "tool")
    (copy.source / "tool").chmod(0o6755)

    copy.succeeds()
    again = copy.succeeds()

    assert stat.S_IMODE((copy.target / "tool").stat().st_mode) == 0o755
    assert again["files"] == 0


@pytest.mark.parametrize("begun_bytes", [100_000, 3_000_000], ids=["compared byte by byte", "compared by hash"])
@pytest.mark.parametrize("true", [True, False], ids=["a beginning", "something else"])
def test_a_partial_file_is_continued_only_if_it_is_a_beginning(copy: Copies, begun_bytes: int, true: bool) -> None:
    content = os.urandom(LARGE_BYTES)
    write(copy.source / "x", content)
    begun = content[:begun_bytes] if true else b"!" + content[1:begun_bytes]
    mtime_s = int((copy.source / "x").stat().st_mtime)
    partial = partial_path(str(copy.target / "x"), Entry(stat.S_IFREG | 0o644, LARGE_BYTES, mtime_s))
    write(copy.target / SFTP_PARTIAL_DIRECTORY / partial.rpartition("/")[2], begun)

    said = copy.succeeds()

    assert content == (copy.target / "x").read_bytes()
    assert litter(copy.target) == []
    sent = LARGE_BYTES - begun_bytes if true else LARGE_BYTES
    assert sent <= int(str(said["wire_bytes"])) < sent + 1_500_000


def test_what_can_not_be_read_keeps_neither_the_rest_nor_what_is_there(copy: Copies) -> None:
    write(copy.source / "good")
    (copy.source / "vanishing").symlink_to("nowhere")
    write(copy.target / "there")

    said = copy.run("--delete", "--copy-links")

    assert said.exit_code == 25
    assert (copy.target / "good").exists()
    assert (copy.target / "there").exists()


def test_with_atomic_all_names_appear_or_none(copy: Copies) -> None:
    write(copy.source / "a", "new")
    write(copy.source / "b", "new")
    (copy.target / "b").mkdir(parents=True)
    write(copy.target / "a", "old", mtime_s=1_500_000_000)
    (copy.target / "b" / "x").touch()

    said = copy.run("--atomic")
    first = (copy.target / "a").read_text()
    (copy.target / "b" / "x").unlink()
    (copy.target / "b").rmdir()
    copy.succeeds("--atomic")

    assert (said.exit_code, first, (copy.target / "a").read_text()) == (25, "old", "new")
    assert described(copy.source) == described(copy.target)


def test_with_atomic_an_empty_directory_gives_way_only_when_all_has_arrived(copy: Copies) -> None:
    """Once something can't be copied, what would be replaced still stands."""
    write(copy.source / "a", "new")
    write(copy.source / "b", "new")
    (copy.target / "a").mkdir(parents=True)
    write(copy.target / "b" / "x")

    said = copy.run("--atomic")
    stood = (copy.target / "a").is_dir()
    (copy.target / "b" / "x").unlink()
    copy.succeeds("--atomic")

    assert (said.exit_code, stood) == (25, True)
    assert described(copy.source) == described(copy.target)
