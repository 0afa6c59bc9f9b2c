"""What a copy says before it moves anything, and what it refuses then; a refusal leaves nothing made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.filesystems import small
from tests.support.mounts import mounted, run
from tests.support.sshd import Sshd
from tests.support.tools import runs_nothing
from tests.support.trees import described

if TYPE_CHECKING:
    from tests.support.person import Person, Said


def copies(person: Person, task: str, *words: str, env: dict[str, str] | None = None) -> Said:
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", *words, env=env)


@pytest.fixture
def sides(request: pytest.FixtureRequest, box: Sshd, person: Person) -> tuple[str, Path, Path]:
    """The task, the home that is read, the home that is written."""
    return (request.param, box.home, person.home) if request.param == "pull" else ("push", person.home, box.home)


both_ways = pytest.mark.parametrize("sides", ["pull", "push"], indirect=True)


@both_ways
def test_a_dry_run_tells_all_that_a_program_may_ask(sides: tuple[str, Path, Path], person: Person) -> None:
    """Where it lands, how many of what, by which options, and what the target has."""
    task, source, target = sides
    (source / "ckpt" / "sub").mkdir(parents=True)
    (source / "ckpt" / "a").write_bytes(b"x" * 10)
    (source / "ckpt" / "sub" / "in").symlink_to("../a")
    (source / "ckpt" / "sub" / "out -> in").symlink_to("../../a -> b")
    os.mkfifo(source / "ckpt" / "pipe")

    said = copies(person, task, "--path=ckpt", "--to=new/er/", "--dry-run", "--json", "--exclude=*.tmp")
    forecast = said.json

    assert said.exit_code == 0, said.stderr
    assert forecast["landing"] == f"{target}/new/er/ckpt"
    assert (forecast["files"], forecast["bytes"], forecast["links"], forecast["directories"]) == (1, 10, 2, 2)
    assert (forecast["engine"], forecast["dry_run"], forecast["box"]) == ("rsync", True, "proj-1")
    # What stands before them is how to compress, which the measured round trip decides.
    assert forecast["options"][-2:] == ["--partial-dir=.rsync-partial", "--exclude=*.tmp"]
    assert forecast["skipped"] == ["ckpt/pipe"]
    assert forecast["outside_links"] == ["ckpt/sub/out -> in -> ../../a -> b"]
    assert any(change.endswith(" ckpt/a") for change in forecast["changes"])
    assert abs(forecast["free_bytes"] - shutil.disk_usage(target).free) < 10**9
    kind = subprocess.run(["stat", "-f", "-c", "%T", target], capture_output=True, text=True, check=True).stdout
    assert forecast["filesystem"][:3] == kind[:3]
    assert re.fullmatch("0[0-7]{3}", forecast["umask"])
    assert Path(forecast["python"]).is_file()
    assert "1 symlink leads out of what is copied" in said.stderr
    assert not (target / "new").exists()


def test_a_snapshot_of_links_is_warned_of_and_can_be_followed(box: Sshd, person: Person) -> None:
    """A Hugging Face cache: snapshots are links into a directory beside them."""
    (box.home / "model" / "blobs").mkdir(parents=True)
    (box.home / "model" / "blobs" / "0a1b").write_text("weights")
    (box.home / "model" / "snapshots" / "rev").mkdir(parents=True)
    (box.home / "model" / "snapshots" / "rev" / "weights").symlink_to("../../blobs/0a1b")

    links = copies(person, "pull", "--path=model/snapshots/rev", "--to=links/")
    files = copies(person, "pull", "--path=model/snapshots/rev", "--to=files/", "--copy-links")
    whole = copies(person, "pull", "--path=model", "--to=whole/")

    assert "rev/weights -> ../../blobs/0a1b): --copy-links copies" in links.stderr
    assert "symlink" not in files.stderr + whole.stderr.replace("1 symlink (rsync)", "")
    assert (person.home / "files" / "rev" / "weights").read_text() == "weights"
    assert (person.home / "whole" / "model" / "snapshots" / "rev" / "weights").read_text() == "weights"


@both_ways
def test_links_to_nothing_are_told_when_they_are_to_be_followed(sides: tuple[str, Path, Path], person: Person) -> None:
    """A dry run warns; the copy brings the rest, and ends as incomplete."""
    task, source, target = sides
    (source / "ckpt").mkdir()
    (source / "ckpt" / "a").write_text("a")
    (source / "ckpt" / "gone").symlink_to("no\nwhere")

    dry = copies(person, task, "--path=ckpt", "--to=new/", "--copy-links", "--dry-run")
    real = copies(person, task, "--path=ckpt", "--to=new/", "--copy-links")

    assert (dry.exit_code, real.exit_code) == (0, 25), real.stderr
    assert "warning: left out, no file or directory: " in dry.stderr
    assert "ckpt/gone" in dry.stderr
    assert "1 symlink that should be followed" in real.stderr
    assert "leave --copy-links out" in real.stderr
    assert (target / "new" / "ckpt" / "a").read_text() == "a"


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


@both_ways
@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize(
    ("path", "to", "named"),
    [
        ("x", "file/", "file"),
        ("x", "file/sub/deep", "file"),
        ("ckpt", "file", "file"),
        ("ckpt", "tree", "tree/ckpt"),
        ("ckpt/", "file", "file"),
        ("x", "dangling/sub/", "dangling"),
    ],
)
def test_a_file_where_a_directory_must_be_is_refused(
    path: str, to: str, named: str, *, engine: str, sides: tuple[str, Path, Path], person: Person
) -> None:
    """It is named, and stays; nothing is made beside it, whichever engine."""
    task, source, target = sides
    (source / "x").write_text("x")
    (source / "ckpt").mkdir()
    (source / "ckpt" / "a").write_text("a")
    (target / "tree").mkdir()
    (target / "tree" / "ckpt").write_text("mine")
    (target / "file").write_text("mine")
    (target / "dangling").symlink_to("nowhere")
    before = described(target / "tree")

    said = copies(person, task, f"--path={path}", f"--to={to}", f"--engine={engine}")

    assert said.exit_code == 2, said.stderr
    assert re.search(rf"error: `\S*{named}` .*is no directory", said.stderr)
    assert ("on `proj-1`" in said.stderr) == (task == "push")
    assert described(target / "tree") == before
    assert (target / "file").read_text() == "mine"
    assert not (target / "nowhere").exists()


def test_two_boxes_never_write_into_one_place(person: Person) -> None:
    """Not without `{box}`, nor where two names are one directory; no connection is tried."""
    person.adds_alias("proj-1", 1)
    person.adds_alias("proj-2", 1)
    one = person.types("inv", "transfer.pull", "--path=x", "--on=proj-1,proj-2", "--to=here/")
    (person.home / "proj-2").symlink_to("proj-1")
    same = person.types("inv", "transfer.pull", "--path=x", "--on=proj-1,proj-2")

    assert (one.exit_code, same.exit_code) == (2, 2), same.stderr
    assert "`proj-1` and `proj-2` would write into the same directory" in one.stderr
    assert "--to='here/{box}'" in one.stderr
    assert "`proj-1` and `proj-2` would write into the same directory" in same.stderr


@pytest.mark.parametrize("number", ["3.1.3", "3.2.0"])
@pytest.mark.parametrize(
    ("path", "to", "lands"),
    [("x", "a/b/renamed", "a/b/renamed"), ("x", "a/b/", "a/b/x"), ("ckpt", "a/b", "a/b/ckpt"), ("x", "old", "old")],
)
@both_ways
def test_an_older_rsync_plans_without_making_anything(
    path: str, to: str, lands: str, number: str, *, sides: tuple[str, Path, Path], person: Person, tmp_path: Path
) -> None:
    """Before 3.2.3 it can't make a path, not even in a dry run; the copy then arrives all the same."""
    task, source, target = sides
    rsync = tmp_path / "bin" / "rsync"
    rsync.parent.mkdir()
    rsync.write_text(
        f"""#!/bin/sh
case "$*" in
    --version) echo "rsync  version {number}  protocol version 31"; exit ;;
    *--mkpath*) exit 1 ;;
esac
exec {shutil.which("rsync")} "$@"
"""
    )
    rsync.chmod(0o755)
    env = {"PATH": f"{rsync.parent}:{os.environ['PATH']}"}
    (source / "x").write_bytes(bytes(5_000_000))
    (source / "ckpt").mkdir()
    (source / "ckpt" / "a").write_text("a")
    (target / "old").write_text("old")

    dry = copies(person, task, f"--path={path}", f"--to={to}", "--dry-run", "--json", env=env)
    made = (target / "a").exists()
    real = copies(person, task, f"--path={path}", f"--to={to}", env=env)

    assert (dry.exit_code, real.exit_code) == (0, 0), dry.stderr + real.stderr
    assert dry.json["landing"] == str(target / lands)
    assert dry.json["files"] == 1
    assert not made
    assert (target / lands).exists()


@pytest.mark.parametrize(
    ("words", "code", "said_of_it"),
    [
        (("--engine=scp",), 2, "--engine=auto|rsync|sftp"),
        (("--engine=sftp", "--install-rsync"), 2, "of no use"),
    ],
)
def test_engines_have_names(words: tuple[str, ...], code: int, said_of_it: str, person: Person) -> None:
    """Before anything is connected."""
    person.adds_alias("proj-1", 1)

    said = copies(person, "pull", "--path=x", *words)

    assert said.exit_code == code
    assert said_of_it in said.stderr


def test_the_sftp_engine_can_be_asked_for(box: Sshd, person: Person) -> None:
    """Where rsync is at both ends."""
    (box.home / "x").write_text("x")

    said = copies(person, "pull", "--path=x", "--to=here/", "--engine=sftp", "--json")

    assert said.json["engine"] == "sftp", said.stderr
    assert (person.home / "here" / "x").exists()


def test_rsync_is_not_replaced_where_it_is_asked_for(person: Person, tmp_path: Path) -> None:
    """Its absence is said with its place: on the box, or here."""
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "env", "ssh"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    without = {"PATH": str(tmp_path / "bin")}
    with Sshd(tmp_path / "box", path=without["PATH"]) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (server.home / "x").write_text("x")

        there = copies(person, "pull", "--path=x", "--engine=rsync")
        here = copies(person, "pull", "--path=x", "--engine=rsync", env=without)

    assert (there.exit_code, here.exit_code) == (31, 31)
    assert "no rsync on `proj-1`\n\nhint: --install-rsync puts it there" in there.stderr
    assert "no rsync on this machine\n\nhint: install it here" in here.stderr
    assert not (person.home / "proj-1").exists()


def test_an_rsync_that_can_not_be_used_is_called_what_it_is(person: Person, tmp_path: Path) -> None:
    """On the box an openrsync, here one that is too old: neither is missing."""
    said = {
        "there": "openrsync: protocol version 29\nrsync version 2.6.9 compatible",
        "here": "rsync  version 3.0.9  x",
    }
    for name, version in said.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "rsync").write_text(f"#!/bin/sh\necho '{version}'\n")
        (tmp_path / name / "rsync").chmod(0o755)
    path = os.environ["PATH"]
    with Sshd(tmp_path / "box", path=f"{tmp_path / 'there'}:{path}") as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (server.home / "x").write_text("x")

        there = copies(person, "pull", "--path=x", "--engine=rsync")
        here = copies(person, "pull", "--path=x", "--to=a/", env={"PATH": f"{tmp_path / 'here'}:{path}"})

    assert there.exit_code == 31
    assert "no usable rsync on `proj-1`\n  cause: openrsync is there, and rsync 3.1 is needed" in there.stderr
    assert here.exit_code == 0, here.stderr
    assert "no usable rsync on this machine: rsync 3.0.9 is there, and rsync 3.1 is needed; the slower" in here.stderr


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
