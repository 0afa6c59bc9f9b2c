"""Where a copy lands is what rsync makes of the same paths."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.request.end import End
from ssh_transport.request.landing import holders, landed, landing, leads_outside
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "inner").touch()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("dir")
    (tmp_path / "there").mkdir()
    (tmp_path / "there_link").symlink_to("there")
    return tmp_path


@pytest.mark.parametrize("copy_links", [False, True])
@pytest.mark.parametrize("target", ["there", "there/", "there_link", "new", "new/", "//new"])
@pytest.mark.parametrize("source", ["dir", "dir/", "file", "link", "link/"])
def test_a_copy_lands_where_rsync_puts_it(source: str, target: str, stage: Path, *, copy_links: bool) -> None:
    """What marks it is at the landing, and afterwards the same is found without knowing what it was."""
    options = Options(copy_links=copy_links)
    request = Request(source=End(f"{stage}/{source}"), target=End(f"{stage}/{target}"), options=options)
    is_directory = (stage / source).is_dir() and (copy_links or source != "link")
    exists = (stage / target.strip("/")).is_dir()
    found = landing(request, source_is_directory=is_directory, target_is_directory=exists)
    words = ["-rl", *(["--copy-links"] if copy_links else [])]
    subprocess.run(["rsync", *words, f"{stage}/{source}", f"{stage}/{target}"], check=True, timeout=20)
    place = stage / found.path
    is_there = (stage / target.strip("/")).is_dir()

    assert found.holder in holders(request, source_is_directory=is_directory)
    if source != "link":
        assert found.path == landed(request, target_is_directory=is_there).path
    if source == "link" and not copy_links:
        assert place.is_symlink()
    elif source == "file":
        assert place.read_text() == "x"
    else:
        assert (place / "inner").exists()


@pytest.mark.parametrize(
    ("name", "link", "top", "expected"),
    [
        ("a", "b", "", False),
        ("a", "./b/../c", "", False),
        ("a", "../b", "", True),
        ("a", "/etc/passwd", "", True),
        ("sub/a", "../b", "", False),
        ("sub/a", "../../b", "", True),
        ("ckpt/a", "b", "ckpt", False),
        ("ckpt/a", "../ckpt/b", "ckpt", False),
        ("ckpt/a", "../other/b", "ckpt", True),
        ("ckpt/a", "..", "ckpt", True),
        ("snap/model", "../../blobs/0a1b", "snap", True),
        ("ckpt/a", "../..ckpt", "ckpt", True),
        ("ckpt/a", "..ckpt", "ckpt", False),
        ("latest", "run-7", "", False),
    ],
)
def test_a_link_out_of_the_tree_is_told(name: str, link: str, top: str, *, expected: bool) -> None:
    """Absolute, or climbing over the top of what is copied."""
    assert expected == leads_outside(name, link, top)
