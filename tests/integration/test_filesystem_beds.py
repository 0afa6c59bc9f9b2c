"""The file systems of the tests have the limits that they are there for."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.copying import write
from tests.support.filesystems import exfat, folding, ntfs, picky, vfat
from tests.support.picky import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.filesystems import Mount

COUNT = 60
pytestmark = pytest.mark.mounts


@pytest.mark.parametrize("mount", [vfat, exfat, ntfs, folding], ids=lambda mount: mount.__name__)
def test_two_names_are_one_file_there(tmp_path: Path, mount: Mount) -> None:
    with mount(tmp_path / "odd") as place:
        write(place / "Model", "1")
        write(place / "model", "2")

        assert [each.read_text() for each in place.iterdir()] == ["2"]


def test_a_fat_has_even_seconds_one_mode_and_no_colon(tmp_path: Path) -> None:
    """And no file of 4 GiB, no symlink, and no dot at the end of a name."""
    with vfat(tmp_path / "odd") as place:
        file = write(place / "name.", mtime_s=1_600_000_001.5)
        file.chmod(0o600)

        assert (file.stat().st_mtime, file.stat().st_mode & 0o777) == (1_600_000_000, 0o755)
        assert [each.name for each in place.iterdir()] == ["name"]
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
            (place / "run:1").touch()
        with pytest.raises(PermissionError):
            (place / "link").symlink_to("name")
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            os.truncate(file, 1 << 32)


def test_a_torn_directory_gives_some_names_and_then_an_error(tmp_path: Path) -> None:
    with picky(tmp_path / "odd", Limits(torn="torn", torn_after=12)) as place:
        for number in range(COUNT):
            write(place / "torn" / f"{number:02}")
            write(place / "whole" / f"{number:02}")

        found = []
        with pytest.raises(OSError, match=os.strerror(errno.EIO)), os.scandir(place / "torn") as entries:
            found += [entry.name for entry in entries]
        assert len(list((place / "whole").iterdir())) == COUNT
        assert (place / "torn" / "59").read_text() == "content"
