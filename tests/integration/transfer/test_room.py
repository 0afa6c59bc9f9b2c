"""Whether what is copied has room where it goes, and may be written there: asked before anything is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.copying import copies
from tests.support.filesystems import small
from tests.support.mounts import mounted, run
from tests.support.tools import runs_nothing

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

both_ways = pytest.mark.parametrize("sides", ["pull", "push"], indirect=True)


@both_ways
@pytest.mark.parametrize("to", ["small/", "small/deep/er/"])
@pytest.mark.mounts
def test_too_few_bytes_are_refused(to: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """Of the filesystem that will hold it, however deep below its mount."""
    task, source, target = sides
    (source / "ckpt").mkdir()
    (source / "ckpt" / "big").write_bytes(bytes(5_000_000))

    with small(target / "small", options="size=2m") as disk:
        dry = copies(person, task, "--path=ckpt", f"--to={to}", "--dry-run")
        said = copies(person, task, "--path=ckpt", f"--to={to}")
        made = list(disk.iterdir())

    assert (said.exit_code, dry.exit_code) == (23, 23), said.stderr
    assert "cause: 5.0 MB are needed, 2.1 MB are free" in said.stderr
    assert ("on `proj-1`" in said.stderr) == (task == "push")
    assert "df -h" in said.stderr
    assert not made


@both_ways
@pytest.mark.mounts
def test_too_few_inodes_are_refused(sides: tuple[str, Path, Path], person: Person) -> None:
    """Files, directories and links need one each."""
    task, source, target = sides
    (source / "ckpt").mkdir()
    for number in range(20):
        (source / "ckpt" / str(number)).touch()

    with small(target / "small", options="size=2m,nr_inodes=16") as disk:
        said = copies(person, task, "--path=ckpt", "--to=small/")
        made = list(disk.iterdir())

    assert said.exit_code == 23, said.stderr
    assert "21 names would be made, 15 inodes are free" in said.stderr
    assert not made


@both_ways
@pytest.mark.mounts
def test_the_partial_file_of_an_earlier_attempt_is_room(sides: tuple[str, Path, Path], person: Person) -> None:
    """Most of a file is there; what is missing of it fits, the whole once more would not."""
    task, source, target = sides
    content = os.urandom(6_000_000)
    (source / "big").write_bytes(content)

    with small(target / "small", options="size=8m") as disk:
        (disk / ".rsync-partial").mkdir()
        (disk / ".rsync-partial" / "big").write_bytes(content[:5_000_000])
        said = copies(person, task, "--path=big", "--to=small/")
        same = (disk / "big").exists() and (disk / "big").read_bytes() == content

    assert said.exit_code == 0, said.stderr
    assert same


@both_ways
@pytest.mark.mounts
def test_a_read_only_mount_is_refused(sides: tuple[str, Path, Path], person: Person) -> None:
    """By name; and a copy with nothing to do may look at one."""
    task, source, target = sides
    (source / "ckpt").mkdir()
    (source / "ckpt" / "a").write_text("a")
    assert copies(person, task, "--path=ckpt", "--to=disk/").exit_code == 0
    with mounted(target / "disk", "mount", "--bind", target / "disk"):
        run("mount", "-o", "remount,bind,ro", target / "disk")
        same = copies(person, task, "--path=ckpt", "--to=disk/")
        (source / "ckpt" / "b").write_text("b")
        other = copies(person, task, "--path=ckpt", "--to=disk/")

    assert same.exit_code == 0, same.stderr
    assert other.exit_code == 24
    assert "Read-only file system" in other.stderr


@both_ways
@pytest.mark.parametrize("to", ["/proc/", "/sys/kernel/new/"])
def test_the_kernels_own_filesystems_are_refused(to: str, sides: tuple[str, Path, Path], person: Person) -> None:
    """Before `mkdir` says something odd."""
    if not Path("/", *Path(to).parts[1:2]).is_mount():
        pytest.skip("this container has none")
    task, source, _ = sides
    (source / "x").write_text("x")

    said = copies(person, task, "--path=x", f"--to={to}")

    assert said.exit_code == 2, said.stderr
    assert "is no place for files" in said.stderr


@pytest.mark.mounts
@pytest.mark.parametrize("task", ["pull", "push"])
def test_a_box_without_commands_is_asked_for_room_by_sftp(task: str, box: Sshd, person: Person) -> None:
    """Neither end's lack of room is found out half way; with room the copy goes by SFTP."""
    runs_nothing(box)
    near, far = (box.home, person.home) if task == "pull" else (person.home, box.home)
    (near / "large").write_bytes(bytes(3_000_000))
    (far / "disk").mkdir()
    with small(far / "disk", options="size=1m"):
        refused = copies(person, task, "--path=large", "--to=disk/")
        left = list((far / "disk").iterdir())
    sent = copies(person, task, "--path=large", "--to=room/a/", "--json")

    assert (refused.exit_code, left) == (23, []), refused.stderr
    assert "3.0 MB are needed" in refused.stderr
    assert sent.json["engine"] == "sftp"
    assert (far / "room" / "a" / "large").stat().st_size == 3_000_000
