"""What of a source can't be read does not pass for empty."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.bucket import boxless_ends
from ssh_transport.request.options import Options

if TYPE_CHECKING:
    from pathlib import Path


def test_a_directory_that_can_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may list all, so the system itself has to say no here."""
    (tmp_path / "data" / "shut").mkdir(parents=True)
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if os.fspath(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)

    with pytest.raises(PermissionError):
        boxless_ends.below(tmp_path / "data", tmp_path, Options())


def test_what_is_left_out_is_not_entered_and_no_circle_gone_round(tmp_path: Path) -> None:
    (tmp_path / "data" / "private" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "private" / "deep" / "x").touch()
    (tmp_path / "data" / "file").touch()
    (tmp_path / "data" / "private" / "up").symlink_to("..")
    (tmp_path / "data" / "round").symlink_to(".")
    (tmp_path / "data" / "again").symlink_to(".")

    found = boxless_ends.below(tmp_path / "data", tmp_path, Options(exclude=("private",), copy_links=True))

    assert (set(found.sizes), found.dangling) == ({"data/file"}, ["data/again", "data/round"])
