"""What surrounds a path is read alike on a box and here, and what is not told is not guessed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.facts.directory import (
    PROBE,
    Directory,
    Filesystem,
    answers,
    directory_here,
    directory_of,
    filesystem_of,
    normal,
)

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "5ecret"
GNU = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /\n"
SPACES = "Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/my share 1000 4 996 1% /mnt/my share\n"
NO_LIMIT = "Filesystem Inodes IUsed IFree IUse% Mounted on\nfuse 0 0 0 - /data\n"


def asked(path: str, cwd: Path) -> Directory:
    """Ask the `sh` of this machine as a box is asked."""
    script = f'token={TOKEN}\n{PROBE}\nsurroundings "$1"\n'
    done = subprocess.run(["sh", "-c", script, "sh", path], capture_output=True, check=False, cwd=cwd)
    return directory_of(path, answers(os.fsdecode(done.stdout), TOKEN))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with a file, a link to a directory, and a dangling link."""
    (tmp_path / "real" / "sub dir").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("real", ("real", "real", True)),
        ("real/sub dir", ("real/sub dir", "real/sub dir", True)),
        ("real/new", ("real/new", "real", True)),
        ("real/new/er/est", ("real/new/er/est", "real", True)),
        ("link/new", ("real/new", "real", True)),
        ("link", ("real", "real", True)),
        ("file", ("file", "file", False)),
        ("file/new/er", ("file/new/er", "file", False)),
        ("dangling", ("dangling", "dangling", False)),
        ("dangling/new", ("dangling/new", "dangling", False)),
        ("new\nline/x", ("new\nline/x", "", True)),
        ("-rf/$(id)", ("-rf/$(id)", "", True)),
    ],
)
def test_the_nearest_thing_that_exists_decides(path: str, expected: tuple[str, str, bool], root: Path) -> None:
    """By an absolute path here and there, and by one relative to the login's home."""
    absolute = f"{root}/{path}"
    here, there, relative = directory_here(absolute), asked(absolute, root), asked(f"./{path}", root)
    whole = (f"{root}/{expected[0]}", f"{root}/{expected[1]}".rstrip("/"), expected[2])

    assert whole == (here.path, here.ancestor, here.is_directory)
    if expected[2]:
        assert (here.path, here.ancestor, here.is_writable) == (there.path, there.ancestor, there.is_writable)
        assert (there.path, there.ancestor) == (relative.path, relative.ancestor)
        assert here.filesystem == there.filesystem
        assert (here.free_inodes is None) == (there.free_inodes is None)
        assert there.free_bytes is not None
        assert here.free_bytes is not None
        assert abs(there.free_bytes - here.free_bytes) < 1 << 30
        assert here.umask == there.umask
    assert here.exists == there.exists == relative.exists
    assert here.is_directory == there.is_directory == relative.is_directory


def test_the_root_is_a_place(tmp_path: Path) -> None:
    """`/` has no name to strip."""
    assert (directory_here("/").path, asked("/", tmp_path).path) == ("/", "/")
    assert asked("/no-such/x", tmp_path).path == "/no-such/x"
    assert asked(".", tmp_path).path == str(tmp_path)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"bytes": GNU}, {"free_bytes": 60 * 1024}),
        ({"bytes": SPACES}, {"free_bytes": 996 * 1024}),
        ({"inodes": GNU}, {"free_inodes": 60}),
        ({"inodes": NO_LIMIT}, {}),
        ({"bytes": "df: not found"}, {}),
        ({"umask": "0022"}, {"umask": 0o022}),
        ({"umask": "u=rwx"}, {}),
        ({"missing": "-1"}, {}),
        ({"missing": "no"}, {}),
        ({"mounts": "/ overlay rw,relatime"}, {"filesystem": Filesystem("overlay", "/", read_only=False)}),
    ],
)
def test_what_is_not_told_is_unknown(said: dict[str, str], expected: dict[str, Any]) -> None:
    """A minimal image lacks programs and options; a network disk has no limit of inodes."""
    place = Directory(path="/x", ancestor="/x", is_directory=False, is_writable=False, **expected)

    assert place == directory_of("/x", said)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/root/x", ("overlay", "/", False)),
        ("/data", ("ext4", "/data", False)),
        ("/database", ("overlay", "/", False)),
        ("/data/set/a", ("squashfs", "/data/set", True)),
        ("/my disk/x", ("nfs4", "/my disk", False)),
        ("/twice/x", ("xfs", "/twice", False)),
        ("/errors", ("ext4", "/errors", False)),
    ],
)
def test_the_longest_mount_holds_a_path(path: str, expected: tuple[str, str, bool]) -> None:
    """Names count as a whole, spaces are escaped, a later mount covers an earlier one."""
    mounts = [
        "/ overlay rw",
        "/data/set squashfs ro,relatime",
        "/data ext4 rw",
        r"/my\040disk nfs4 rw,vers=4",
        "/twice tmpfs ro",
        "/twice xfs rw",
        "/errors ext4 rw,errors=remount-ro",
        "odd line of four words",
        "",
    ]

    assert Filesystem(expected[0], expected[1], read_only=expected[2]) == filesystem_of(path, mounts)


def test_without_mounts_the_filesystem_is_unknown() -> None:
    """As on a Mac."""
    assert filesystem_of("/x", []) is None


@pytest.mark.parametrize(
    ("path", "expected"), [("/", "/"), ("//a//b//", "/a/b"), ("./a/", "./a"), ("./", "."), ("a/../b", "a/../b")]
)
def test_a_path_is_made_plain_without_changing_its_meaning(path: str, expected: str) -> None:
    """Two dots stay."""
    assert expected == normal(path)


@example("", {"missing": "¹"})
@given(st.text(), st.dictionaries(st.sampled_from(["missing", "bytes", "inodes", "mounts", "umask"]), st.text()))
def test_no_answer_is_too_strange(text: str, said: dict[str, str]) -> None:
    """Whatever a box says, it is read or passed over."""
    answers(text, TOKEN)
    directory_of("/a/b", said)
