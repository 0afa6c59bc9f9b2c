"""Copies from box to box: the same either way, whole, compared, and over on all three machines when they are over."""

from __future__ import annotations

import os
import re
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import until
from tests.support.tools import says
from tests.support.trees import HOSTILE_NAMES, described, litter, make_tree, names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.two_boxes import TwoBoxes

FILES = 2 * len(HOSTILE_NAMES) + 4
LARGE_BYTES = 5_000_000
STRAIGHT = "proj-1: sends straight to proj-2\n"
ALONE = "proj-1 can't log in to proj-2 by itself (--forward-agent lends it your agent): streamed through this machine\n"


@pytest.fixture(params=["direct", "sftp"])
def way(request: pytest.FixtureRequest, two: TwoBoxes) -> str:
    """Both ways in turn; the first box has a login of its own for the straight one."""
    if request.param == "direct":
        two.joins()
    return str(request.param)


def test_a_tree_arrives_whole_is_compared_and_the_second_run_changes_nothing(two: TwoBoxes, way: str) -> None:
    """Hostile names, modes, times, links; the way that was taken is said."""
    make_tree(two.source.home / "ckpt", large_bytes=LARGE_BYTES)
    (two.source.home / "ckpt" / os.fsdecode(b"not utf-8 \xff\xfe")).write_text("x")

    first = two.copies("--json")
    again = two.copies("--json")

    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr + again.stderr
    assert described(two.target.home / "data" / "ckpt") == described(two.source.home / "ckpt")
    assert (STRAIGHT if way == "direct" else ALONE) in first.stderr
    assert (first.json["engine"], first.json["files"]) == (way, FILES)
    assert (first.json["source"], first.json["target"]) == ("proj-1:ckpt", "proj-2:data/")
    assert first.json["verification"]["comparison"]["files"] == FILES
    assert (again.json["files"], again.json["bytes"], again.json["links"]) == (0, 0, 0)
    assert (
        again.json["verification"]["comparison"]["source_hash"]
        == again.json["verification"]["comparison"]["target_hash"]
    )
    assert litter(two.target.home) == []
    assert not (two.target.home / "pwned").exists()
    assert two.left_behind() == []


@pytest.mark.parametrize("to", ["ckpt/", "ckpt/inner/", "ckpt/inner"])
def test_two_names_of_one_place_are_no_two_copies(to: str, two: TwoBoxes) -> None:
    """The receipt would say that it may be destroyed at the one, as it is at the other."""
    (two.source.home / "ckpt" / "ckpt").mkdir(parents=True)
    (two.source.home / "ckpt" / "weights").write_text("w")
    two.person.adds_alias("same-1", two.source.port, two.source.user)
    before, name, block = (two.person.ssh / "config").read_text().rpartition("Host same-1")
    (two.person.ssh / "config").write_text(before + name + block.replace("127.0.0.1", "localhost", 1))

    said = two.person.types("inv", "transfer.copy", "--from=proj-1:ckpt/", f"--to=same-1:{to}", "--delete", "--verify")

    assert said.exit_code == 2, said.stderr
    assert "`proj-1` and `same-1` are one machine" in said.stderr
    assert (two.source.home / "ckpt" / "weights").exists()


@pytest.mark.parametrize("words", [("--streams=1",), ("--streams=3",), ()])
def test_a_start_up_file_that_prints_something_is_gone_around(words: tuple[str, ...], two: TwoBoxes) -> None:
    """The first box's rsync would take it for the other's answer."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "weights").write_text("w")
    says(two.target, 'cd "$HOME"', 'echo Welcome; cd "$HOME"')

    said = two.copies(*words)

    assert said.exit_code == 0, said.stderr
    assert "a start-up file on proj-2 prints something" in said.stderr
    assert "streamed through this machine" in said.stderr
    assert (two.target.home / "data" / "ckpt" / "weights").read_text() == "w"


def test_deletes_excludes_and_follows_links_as_rsync_does(two: TwoBoxes, way: str) -> None:
    for name in ("keep", "skip.tmp", "optimizer state"):
        (two.source.home / "ckpt").mkdir(exist_ok=True)
        (two.source.home / "ckpt" / name).write_text(name)
    (two.source.home / "ckpt" / "link").symlink_to("keep")
    (two.target.home / "there").mkdir()
    (two.target.home / "there" / "stale").write_text("stale")

    flags = ("--exclude=*.tmp", "--exclude=optimizer state", "--copy-links", "--delete", "--max-delete=1")
    said = two.copies("--from=proj-1:ckpt/", "--to=proj-2:there", *flags, "--json")

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["deletions"]) == (way, ["stale"])
    assert names(two.target.home / "there") == {"keep", "link"}
    assert not (two.target.home / "there" / "link").is_symlink()


def test_a_single_file_may_get_another_name(two: TwoBoxes, way: str) -> None:
    """A name with colons, in quotes of every kind, too; large ones take the partial's way."""
    content = os.urandom(LARGE_BYTES)
    (two.source.home / "a:b 'c\"\n$(d)").write_bytes(content)

    said = two.copies("--from=proj-1:a:b 'c\"\n$(d)", "--to=proj-2:deep/er/re:named", "--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == way
    assert (two.target.home / "deep" / "er" / "re:named").read_bytes() == content
    assert litter(two.target.home) == []


def test_a_dry_run_says_what_would_happen_and_changes_nothing(two: TwoBoxes, way: str) -> None:
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "x").write_text("x")
    before = names(two.target.home)

    said = two.copies("--dry-run", "--json")

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["files"], said.json["dry_run"]) == (way, 1, True)
    assert said.json["landing"] == str(two.target.home / "data" / "ckpt")
    assert names(two.target.home) == before


def test_a_source_that_is_missing_is_said(two: TwoBoxes, way: str) -> None:
    said = two.copies()

    assert said.exit_code == 21
    assert "there is no `ckpt` on `proj-1`" in said.stderr


@pytest.mark.parametrize("to", ["", "/", "~/", ".ssh"])
def test_contents_do_not_land_on_a_home_or_the_root(to: str, two: TwoBoxes) -> None:
    (two.source.home / "ckpt").mkdir()

    said = two.copies("--from=proj-1:ckpt/", f"--to=proj-2:{to}")

    assert said.exit_code == 7, said.stderr
    assert "would become a copy of `proj-1:ckpt/`" in said.stderr


def test_a_place_that_may_not_be_written_is_refused_first(two: TwoBoxes) -> None:
    """The place is looked at on the box that is written."""
    (two.source.home / "ckpt").mkdir()

    said = two.copies("--from=proj-1:ckpt", "--to=proj-2:/proc/x/")

    assert said.exit_code == 2, said.stderr
    assert "is no place for files" in said.stderr


def test_a_difference_that_no_copy_sees_is_found_by_comparing(two: TwoBoxes, way: str) -> None:
    """Same size, same time, other content."""
    for home in (two.source.home / "ckpt", two.target.home / "data" / "ckpt"):
        home.mkdir(parents=True)
        (home / "x").write_text(home.parent.name)
        (home / "x").write_text(("a" if "data" in str(home) else "b") * 10)
        os.utime(home / "x", (1_600_000_000, 1_600_000_000))

    said = two.copies()
    unverified = two.copies("--no-verify")

    assert said.exit_code == 27
    assert "of other content or size: x\n" in said.stdout
    assert "NOT all of it is at data/ckpt on proj-2" in said.stdout
    assert unverified.exit_code == 0


def test_a_box_that_can_hash_nothing_is_told_before_anything_is_sent(two: TwoBoxes, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for tool in ("sh", "printf", "env", "mkdir", "rsync", "grep", "tr", "cat", "sleep"):
        if found := shutil.which(tool):
            (tmp_path / "bare" / tool).symlink_to(found)
    forced = two.target.home.parent / "forced_command"
    forced.write_text(re.sub(r"PATH=.*", f"PATH={tmp_path / 'bare'}", forced.read_text()))
    (two.source.home / "ckpt").mkdir()

    said = two.copies()
    unverified = two.copies("--no-verify")

    assert said.exit_code == 31, said.stderr
    assert "hint: --no-verify copies without comparing" in said.stderr
    assert unverified.exit_code == 0, unverified.stderr
    assert (two.target.home / "data" / "ckpt").is_dir()


def test_boxes_without_python_are_compared_too(two: TwoBoxes, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    tools = ("sh", "find", "xargs", "sha256sum", "stat", "readlink", "sleep", "nproc", "printf", "env", "mkdir", "grep")
    for tool in (*tools, "tr", "cat"):
        if found := shutil.which(tool):
            (tmp_path / "plain" / tool).symlink_to(found)
    make_tree(two.source.home / "ckpt")
    for server in (two.target, two.source):
        forced = server.home.parent / "forced_command"
        forced.write_text(re.sub(r"PATH=.*", f"PATH={tmp_path / 'plain'}", forced.read_text()))
        said = two.copies("--json")
        assert said.exit_code == 0, said.stderr
        assert said.json["verification"]["comparison"]["algorithm"] == "sha256"
        assert said.json["verification"]["comparison"]["files"] == FILES - 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_us_on_any_of_the_three_machines(number: signal.Signals, two: TwoBoxes, way: str) -> None:
    """Ctrl-C ends the rsync on the first box too, and the same command then goes on."""
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(4 * LARGE_BYTES))
    words = ("--from=proj-1:ckpt", "--to=proj-2:data/")
    target = two.target.home / "data" / "ckpt"
    with two.person.starts("inv", "transfer.copy", *words, "--bwlimit=4000") as copy:
        until(lambda: any(path.stat().st_size > LARGE_BYTES for path in target.glob(".*-partial/*")))
        copy.send_signal(number)
        copy.communicate(timeout=30)
    until(lambda: two.left_behind() == [])
    had = target.glob(".*-partial/*")
    begun = sum(path.stat().st_size for path in had)

    said = two.copies("--json")

    assert copy.returncode == (130 if number == signal.SIGINT else -9)
    assert not (set(target.glob("big")) and begun == 0)
    assert said.exit_code == 0, said.stderr
    assert begun > LARGE_BYTES
    assert (target / "big").read_bytes() == (two.source.home / "ckpt" / "big").read_bytes()
    crossings = 1 if way == "direct" else 2
    assert said.json["wire_bytes"] < crossings * (4 * LARGE_BYTES - begun + LARGE_BYTES)
    assert litter(two.target.home) == []


def test_an_rsync_that_says_nothing_ends_with_us_too(two: TwoBoxes) -> None:
    """No write to a closed pipe would end it: it looks through a million files for what differs."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    rsync = two.tools / "rsync"
    quiet = f"case $* in *--dry-run*) : >{two.source.home}/begun; exec sleep 299 ;; esac"
    rsync.write_text(f'#!/bin/sh\n{quiet}\nexec {shutil.which("rsync")} "$@"\n')
    rsync.chmod(0o755)
    with two.person.starts("inv", "transfer.copy", "--from=proj-1:ckpt", "--to=proj-2:data/") as copy:
        until((two.source.home / "begun").exists)
        until(lambda: two.left_behind(b"sleep\0299") != [])
        copy.kill()
        copy.communicate(timeout=30)

    until(lambda: two.left_behind(b"sleep\0299") == [])


def test_hosts_are_named_at_the_ends(two: TwoBoxes) -> None:
    said = two.person.types("fab", "-H", "proj-1", "transfer.copy", "--from=proj-1:a", "--to=proj-2:b")

    assert (said.exit_code, "the boxes of a copy are named by --from and --to" in said.stderr) == (2, True)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (("/ckpt", "proj-2:/x"), "`/ckpt` is a path of this machine, and --from wants one of a box, with a colon"),
        (("proj-1:/ckpt", "x"), "`x` is a path of this machine, and --to wants one of a box, with a colon"),
        (("proj-1:/a", "proj-1:/b"), "`proj-1` and `proj-1` are one box"),
        (("proj-*:/a", "proj-2:/b"), "--from names 2 boxes"),
    ],
)
def test_words_that_make_no_copy_are_refused_before_a_connection(
    ends: tuple[str, str], words: str, two: TwoBoxes
) -> None:
    two.source.stop()

    said = two.copies(f"--from={ends[0]}", f"--to={ends[1]}")

    assert (said.exit_code, words in said.stderr) == (2, True), said.stderr
