"""What a box's shell tells of a directory is what stands there, and what no directory can hold is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import Incomplete
from ssh_transport.request.patterns import Excluded
from ssh_transport.watch.listing import Entry, listing_of
from ssh_transport.watch.listing_script import SCRIPT, ListingReader
from tests.support.trees import HOSTILE_NAMES, make_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

END = b"e\x000\x000\x000\x00\x00\x00"
PLAIN_FIND = """#!/bin/sh
for word; do [ "$word" != -printf ] || { echo 'unrecognized: -printf' >&2; exit 1; }; done
exec %s "$@"
"""


def record(kind: bytes, name: bytes, *, size: bytes = b"1", time: bytes = b"5.0", link: bytes = b"") -> bytes:
    return b"\0".join((kind, size, time, b"644", name, link, b""))


def read(*chunks: bytes) -> dict[str, Entry]:
    return dict(ListingReader("box").entries(chunks))


def run(directory: Path, path: str) -> tuple[dict[str, Entry], str]:
    done = subprocess.run(
        ["sh", "-c", SCRIPT, "sh", str(directory)], env={"PATH": path}, capture_output=True, timeout=60, check=True
    )
    reader = ListingReader("box")
    return dict(reader.entries([done.stdout])), reader.unread


@pytest.fixture(params=["with -printf", "without -printf"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The `PATH` of a box with one of the two kinds of `find`."""
    if request.param == "without -printf":
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "find").write_text(PLAIN_FIND % shutil.which("find"))
        (tmp_path / "bin" / "find").chmod(0o755)
    return f"{tmp_path / 'bin'}:{os.environ['PATH']}"


def test_every_name_is_told_with_kind_size_time_mode_and_link(tmp_path: Path, path: str) -> None:
    """Whatever bytes are in names; what copies leave behind is passed over."""
    tree = tmp_path / "tree"
    make_tree(tree)
    (tree / os.fsdecode(b"not utf-8 \xff")).write_text("x")
    (tree / "new\nline link\n").symlink_to("leads\n")
    os.utime(tree / HOSTILE_NAMES[0], ns=(0, 1_700_000_000_123_456_789))
    for leftover in (".rsync-partial", ".sftp-partial", ".watch-partial"):
        (tree / "empty directory" / leftover).mkdir()
        (tree / "empty directory" / leftover / "x").touch()
    os.mkfifo(tree / "pipe")

    found, unread = run(tree, path)

    step_ns = 1_000_000_000 if "bin" in os.listdir(tmp_path) else 1  # noqa: PTH208 - the bare names
    there = [place for place in tree.rglob("*") if "-partial" not in str(place)]
    assert unread == ""
    assert found.keys() == {str(place.relative_to(tree)) for place in there}
    for place in there:
        status, entry = place.lstat(), found[str(place.relative_to(tree))]
        kind = "l" if place.is_symlink() else "d" if place.is_dir() else "f" if place.is_file() else "o"
        assert (entry.kind, entry.size, entry.mode) == (kind, status.st_size, status.st_mode & 0o777)
        assert entry.mtime_ns == status.st_mtime_ns // step_ns * step_ns
        assert entry.link == (os.readlink(place) if kind == "l" else "")  # noqa: PTH115 - as it stands there


def test_what_find_complains_of_is_told(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "bin").mkdir()
    find = tmp_path / "bin" / "find"
    complaints = "echo 'find: ./gone: No such file or directory' >&2; echo 'find: ./x: Permission denied' >&2"
    find.write_text(f'#!/bin/sh\n{shutil.which("find")} "$@"\n{complaints}\nexit 1\n')
    find.chmod(0o755)

    _, unread = run(tmp_path / "tree", f"{find.parent}:{os.environ['PATH']}")

    assert unread == "find: ./x: Permission denied"


@pytest.mark.parametrize(
    "chunks",
    [
        [record(b"f", b"/etc/passwd"), END],
        [record(b"f", b"../up"), END],
        [record(b"f", b"a/../../up"), END],
        [record(b"f", b"a//b"), END],
        [record(b"f", b""), END],
        [record(b"f", b"./a"), END],
        [record(b"f", b".watch-partial/a"), END],
        [record(b"l", b".rsync-partial", link=b"/"), END],
        [record(b"l", b"a"), END],
        [record(b"file", b"a"), END],
        [record(b"f", b"a", size=b"-1"), END],
        [record(b"f", b"a", size=b"9" * 30), END],
        [record(b"f", b"a", time=b"inf"), END],
        [record(b"f", b"a" * 20_000), END],
        [b"x" * 40_000],
        [record(b"f", b"a")],
        [record(b"f", b"a"), END, b"f\0"],
        [END[:-1]],
        [],
    ],
)
def test_what_no_directory_can_hold_is_refused(chunks: Sequence[bytes]) -> None:
    with pytest.raises(Incomplete, match="the listing of box can't be used"):
        read(*chunks)


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_are_a_listing_or_refused(chunks: list[bytes]) -> None:
    try:
        found = read(*chunks)
    except Incomplete:
        return
    assert not [name for name in found if name.startswith("/") or ".." in name.split("/")]


@given(st.data())
def test_it_does_not_matter_how_the_words_are_cut(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.binary(min_size=1).filter(lambda name: not set(name) & set(b"/\0.")), unique=True))
    whole = b"".join(record(b"f", name) for name in names) + END
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert read(*pieces) == {os.fsdecode(name): Entry("f", 1, 5_000_000_000) for name in names}


def test_what_is_below_no_directory_or_below_what_is_excluded_is_not_there() -> None:
    """A name behind a link would be written through it."""
    found = {
        "link": Entry("l", link="/etc"),
        "link/passwd": Entry("f"),
        "file/x": Entry("f"),
        "file": Entry("f"),
        "orphan/x": Entry("f"),
        "cache": Entry("d"),
        "cache/x": Entry("f"),
        "a.tmp": Entry("f"),
        "deep": Entry("d"),
        "deep/a.tmp": Entry("f"),
        "deep/b": Entry("f"),
    }

    listing = listing_of(found.items(), Excluded(["*.tmp", "/ckpt/cache/"]), "ckpt", times_s=(1, 2))

    assert set(listing.entries) == {"link", "file", "deep", "deep/b"}
    assert listing.names == {"link", "file", "cache", "a.tmp", "deep", "deep/a.tmp", "deep/b"}
    assert [name for name, _ in listing.contents()] == ["link", "file", "deep/b"]
