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
from tests.support.copying import copies
from tests.support.sshd import Sshd
from tests.support.trees import described

if TYPE_CHECKING:
    from tests.support.person import Person

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
