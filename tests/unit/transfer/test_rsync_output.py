"""What rsync prints is read as it is meant, whatever the names are."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import CommandFailed
from ssh_transport.transfer.rsync.output import (
    Item,
    Progress,
    announced,
    current,
    is_below,
    item,
    name,
    name_format,
    out_format,
    progress,
    skipped,
)
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from pathlib import Path

_TOKEN = "5ecret"

_HOSTILE = [
    b"plain",
    b" leading and trailing ",
    b"new\nline",
    b"re\rturn",
    b"\\",
    b"\\#012",
    b"\\#",
    b"\\\\#134",
    b"#012",
    b"\xff\xfe",
    "é模型".encode(),
    b"\x1b[31m",
    b"-rf",
    b"$(id) `id` 'x' \"y\"",
    b"*deleting   0 x",
    b">f+++++++++ 1 x",
    b"\t\x7f",
]
_NAMES = st.one_of(
    st.sampled_from(_HOSTILE),
    st.text(st.sampled_from("\\#0123 \n\raé"), min_size=1, max_size=8).map(str.encode),
    st.binary(min_size=1, max_size=20).map(lambda raw: raw.translate(None, b"\0/")),
).filter(lambda raw: raw not in {b"", b".", b".."})


def dry_run(source: Path, target: Path, *words: str) -> list[Item | None]:
    """Return what the real rsync would do."""
    argv = ["rsync", "-a", "-n", *words, f"--out-format={out_format(_TOKEN)}", f"{source}/", f"{target}/"]
    done = subprocess.run(argv, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"})
    return [item(line, _TOKEN) for line in done.stdout.split(b"\n") if line]


@max_examples(20)
@given(names=st.sets(_NAMES, max_size=8))
def test_every_name_comes_back(tmp_path_factory: pytest.TempPathFactory, names: set[bytes]) -> None:
    """Names that rsync escapes are those of the files again."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    for raw in names:
        (source / os.fsdecode(raw)).write_bytes(raw)
    items = dry_run(source, target)
    files = {found.name: found.bytes for found in items if found and found.is_file}

    assert None not in items
    assert {os.fsdecode(raw): len(raw) for raw in names} == files


def test_hostile_names_come_back(tmp_path: Path) -> None:
    """Every name that ever made trouble is read, in both directions: sent and deleted."""
    source, empty = tmp_path / "source", tmp_path / "empty"
    for directory in (source, empty):
        directory.mkdir()
    for raw in _HOSTILE:
        (source / os.fsdecode(raw)).touch()
    sent = [found.name for found in dry_run(source, empty) if found and found.is_file]
    deleted = [found.name for found in dry_run(empty, source, "--delete") if found and found.is_deletion]
    expected = sorted(map(os.fsdecode, _HOSTILE))

    assert expected == sorted(sent)
    assert expected == sorted(deleted)


def test_changes_are_told_apart(tmp_path: Path) -> None:
    """New, changed and deleted files, directories and links have their codes, sizes and names."""
    source, target = tmp_path / "source", tmp_path / "target"
    for directory in (source, target):
        (directory / "dir").mkdir(parents=True)
    (source / "dir" / "new").write_bytes(b"12345")
    (source / "grown").write_bytes(b"123")
    (target / "grown").write_bytes(b"1")
    os.utime(target / "grown", (0, 0))
    (source / "link").symlink_to("dir")
    (target / "gone").touch()
    for directory, mtime_s in ((source, 9), (target, 0)):
        os.utime(directory, (mtime_s, mtime_s))
        os.utime(directory / "dir", (mtime_s, mtime_s))
    found = {seen.name: seen for seen in dry_run(source, target, "--delete") if seen}
    files = [seen.name for seen in found.values() if seen.is_file]

    assert {"./", "dir/", "dir/new", "grown", "link", "gone"} == set(found)
    assert Item(".d..t......", 0, "dir/") == replace(found["dir/"], bytes=0)
    assert Item(">f+++++++++", 5, "dir/new") == found["dir/new"]
    assert Item(">f.st......", 3, "grown") == found["grown"]
    assert sorted(files) == ["dir/new", "grown"]
    assert {seen.name: seen.word for seen in found.values()} == {
        "./": "attributes:",
        "dir/": "attributes:",
        "dir/new": "new file:",
        "grown": "changed file:",
        "link": "new symlink:",
        "gone": "delete:",
    }
    assert [seen.name for seen in found.values() if seen.is_deletion] == ["gone"]
    assert [seen.name for seen in found.values() if seen.is_link] == ["link"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"sending incremental file list",
        b"cannot delete non-empty directory: x",
        b">f+++++++++ x name",
        b"rsync: [sender] link_stat failed",
    ],
)
def test_talk_is_no_item(line: bytes) -> None:
    """Lines in no format of ours are passed over."""
    assert item(line, _TOKEN) is None
    assert item(b"%b %b%b" % (_TOKEN.encode(), line, _TOKEN.encode()), _TOKEN) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"              0   0%    0.00kB/s    0:00:00  ", Progress(0, None)),
        (b"     12,345,678  10%    1.00MB/s    0:00:09", None),
        (b"     12345678  10%    1.00MB/s    0:00:09", Progress(12_345_678, None, 10)),
        (b"  5000000000 100%  300.12MB/s    0:00:15 (xfr#3, to-chk=0/7)", Progress(5_000_000_000, 3, 100)),
        (b"  40 1%  3.2kB/s 99:59:59 (xfr#12, ir-chk=1000/1013)\r", Progress(40, 12, 1)),
        (b"100 files to consider", None),
        (b"name 1% of 2", None),
        (b"", None),
    ],
)
def test_progress_is_bytes_and_files(line: bytes, expected: Progress | None) -> None:
    """The meter's lines are told from names; a file that is done carries its number."""
    assert expected == progress(line)


@given(st.binary())
def test_no_line_is_too_strange(line: bytes) -> None:
    """Bytes of any kind are read or passed over, and the escapes of a name are undone."""
    escaped = b"".join(b"\\#%03o" % byte for byte in line)
    item(line, _TOKEN)
    item(_TOKEN.encode() + line, _TOKEN)
    skipped(line)
    progress(line)

    assert os.fsdecode(line) == name(escaped)


@pytest.mark.parametrize("prefix", [b"", b" ", b"5ecre", b"0ther ", b" 5ecret "], ids=repr)
def test_a_box_announces_nothing(prefix: bytes) -> None:
    """What a box prints into the stream lacks the token, whatever it looks like."""
    assert item(prefix + b">f+++++++++ 5 name", _TOKEN) is None
    assert item(b"5ecret >f+++++++++ 5 name5ecret", _TOKEN) == Item(">f+++++++++", 5, "name")


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "..", "a/..", "\\#056./x"])
def test_nothing_outside_of_the_target_is_announced(path: str) -> None:
    """An absolute name or one that climbs is passed over, even if its dots are escaped."""
    assert item(f"{_TOKEN} >f+++++++++ 5 {path}{_TOKEN}".encode(), _TOKEN) is None
    assert item(f"{_TOKEN} *deleting   0 {path}{_TOKEN}".encode(), _TOKEN) is None


@pytest.mark.parametrize("path", ["a", "a/b", "...", "a..", "..a/b", ""])
def test_a_name_of_dots_is_a_name(path: str) -> None:
    """Only two dots alone climb."""
    assert is_below(path)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """A pipe is left out by rsync without being an error, and its name comes back."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    raw = b'a "b"\n\xff'
    os.mkfifo(os.fsencode(source) + b"/" + raw)
    argv = ["rsync", "-r", f"{source}/", f"{target}/"]
    done = subprocess.run(argv, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"})
    names = [found for line in done.stdout.split(b"\n") if (found := skipped(line))]

    assert [os.fsdecode(raw)] == names
    assert skipped(b"sending incremental file list") == ""


def test_a_name_does_not_pass_for_a_line_of_the_progress_meter(tmp_path: Path) -> None:
    """Its words are those of the meter, letter by letter."""
    lie = "     999999   5%    1.00MB-s    0:00:01"
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / lie).write_text("x")
    argv = ["rsync", "-a", "--info=progress2,name1", f"--out-format={name_format(_TOKEN)}", "--no-human-readable"]

    said = subprocess.run([*argv, f"{tmp_path}/from/", f"{tmp_path}/to/"], capture_output=True, check=True).stdout

    lines = said.replace(b"\r", b"\n").split(b"\n")
    assert max(seen.bytes for seen in map(progress, lines) if seen) == 1
    assert lie in [current(line, _TOKEN) for line in lines]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"  300,000,000 30000000%  100MB/s  0:00:01", False),  # people's numbers are never asked for
        (b"  300000000 30000000%  100MB/s  0:00:01", True),
        (b"  300000000 100%  100MB/s  0:00:01 (xfr#1, to-chk=0/1)", False),
        (b"  2000000 200%  100MB/s  0:00:01 (xfr#2, to-chk=0/1)", False),  # sent once more
        (b"  2000 200000%  100MB/s  0:00:01", False),  # not worth a word
    ],
)
def test_more_than_was_announced_is_too_much(line: bytes, expected: bool) -> None:
    seen = progress(line)

    assert expected == bool(seen and seen.is_too_much)


@pytest.mark.slow
def test_a_plan_of_words_without_end_is_refused() -> None:
    with pytest.raises(CommandFailed):
        announced((b'skipping non-regular file "x"' for _ in range(1_100_000)), _TOKEN)
