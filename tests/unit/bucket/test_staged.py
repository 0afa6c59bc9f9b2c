"""Files get their names when all is there, and nothing is written through a link."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.worker.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MTIME_NS = 1_600_000_000_123_456_789
FILES = [(b"a", 3, MTIME_NS), (b"new/deep/\xff", 5, MTIME_NS)]
PLACE = (b".relay-partial", b"0123")
SLICES = [(0, 0, 3), (1, 0, 2)], [(1, 2, 3)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "to"


@pytest.fixture
def staged(root: Path) -> Iterator[Staged]:
    made = Staged(os.fsencode(root), PLACE, FILES)
    yield made
    made.close()


def put_all(staged: Staged) -> None:
    staged.write(SLICES[1], b"llo")
    staged.write(SLICES[0], b"abche")


def test_files_get_their_names_at_the_end(root: Path, staged: Staged) -> None:
    put_all(staged)
    assert [path.name for path in root.iterdir()] == [".relay-partial"]

    assert staged.publish(()) == 2

    assert (root / "a").read_bytes() == b"abc"
    deep = root / "new" / "deep" / os.fsdecode(b"\xff")
    assert deep.read_bytes() == b"hello"
    assert deep.stat().st_mtime_ns == MTIME_NS
    assert deep.stat().st_mode & 0o777 == 0o600
    assert not (root / ".relay-partial").exists()


def test_a_later_run_finds_what_is_there(root: Path, staged: Staged) -> None:
    staged.write(SLICES[0], b"abche")
    again = Staged(os.fsencode(root), PLACE, FILES)

    assert again.holds(SLICES[0], sha256(b"abche").hexdigest())
    assert not again.holds(SLICES[0], sha256(b"abcxx").hexdigest())
    assert not again.holds(SLICES[1], sha256(b"llo").hexdigest())
    again.close()


def test_what_is_not_whole_or_has_changed_gets_no_name(root: Path, staged: Staged) -> None:
    staged.write(SLICES[0], b"abche")

    assert staged.publish({0}) == 0
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", [b"../out", b"/out", b"new/../../out", b".", b"new//x"])
def test_no_name_leads_out(tmp_path: Path, name: bytes) -> None:
    staged = Staged(os.fsencode(tmp_path / "to"), PLACE, [(name, 1, 0)])
    staged.write([(0, 0, 1)], b"x")

    assert staged.publish(()) == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "to"]
    staged.close()


def test_nothing_is_written_through_a_link(tmp_path: Path, root: Path, staged: Staged) -> None:
    (tmp_path / "theirs").mkdir()
    (root / "new").symlink_to(tmp_path / "theirs")
    place = root / ".relay-partial" / "0123" / "0"
    place.symlink_to(tmp_path / "theirs" / "0")

    with pytest.raises(OSError, match="symbolic"):
        staged.write([(0, 0, 3)], b"abc")
    place.unlink()
    staged.write([(1, 0, 5)], b"hello")

    assert staged.publish(()) == 0
    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("link", [".relay-partial", ".relay-partial/0123"])
def test_a_link_where_files_are_put_together_is_refused(tmp_path: Path, root: Path, link: str) -> None:
    (tmp_path / "theirs").mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(tmp_path / "theirs")

    with pytest.raises(NotADirectoryError):
        Staged(os.fsencode(root), PLACE, FILES)
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_directory_in_the_way_stays(root: Path, staged: Staged) -> None:
    put_all(staged)
    (root / "a").mkdir()

    assert staged.publish(()) == 1
    assert (root / "a").is_dir()


def test_modes_and_times_are_set_where_they_are_known_and_never_through_a_link(root: Path) -> None:
    """The deepest first, as a file in a directory changes its time."""
    (root.parent / "elsewhere").mkdir(mode=0o700)
    root.mkdir()
    (root / "link").symlink_to("../elsewhere")
    directories = [(b"new/deep", 0o750, MTIME_NS), (b"new", 0o711, MTIME_NS), (b"link", 0o777, 0), (b"..", 0o777, 0)]
    made = Staged(os.fsencode(root), PLACE, FILES, [0o640, None], [*directories, (b"", 0o755, MTIME_NS)])
    put_all(made)

    assert made.publish(()) == 2
    made.close()

    shown = {path.name: (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) for path in (root / "new", root)}
    assert shown == {"new": (0o711, MTIME_NS), "to": (0o755, MTIME_NS)}
    assert (root / "new" / "deep").stat().st_mode & 0o777 == 0o750
    assert (root / "a").stat().st_mode & 0o777 == 0o640
    assert (root.parent / "elsewhere").stat().st_mode & 0o777 == 0o700
