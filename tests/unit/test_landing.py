"""Where a copy lands is what rsync makes of the same paths."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.facts.copying import FarEnd
from ssh_transport.transfer.landing import holders, landing, leads_outside
from ssh_transport.transfer.request import Options, Request

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
    """Pulled and pushed; the marked thing is at the landing, and nowhere else."""
    options = Options(copy_links=copy_links)
    push = Request(pull=False, here=f"{stage}/{source}", there=f"{stage}/{target}", options=options)
    pull = Request(pull=True, here=f"{stage}/{target}", there=f"{stage}/{source}", options=options)
    exists = (stage / target.strip("/")).is_dir()
    kinds = {"dir": "directory", "file": "file", "link": "link"}
    at_target = FarEnd("directory" if exists else "missing", None, 0, leads_to_directory=exists)
    kind = "directory" if source.endswith("/") else kinds[source]
    at_source = FarEnd(kind, None, 0, leads_to_directory=not source.startswith("file"))  # type: ignore[arg-type]
    found, pulled = landing(push, at_target), landing(pull, at_source)
    words = ["-rl", *(["--copy-links"] if copy_links else [])]
    subprocess.run(["rsync", *words, f"{stage}/{source}", f"{stage}/{target}"], check=True, timeout=20)
    landed = stage / found.at(found.holder)

    assert pulled == found
    assert found.holder in holders(push)
    if source == "link" and not copy_links:
        assert landed.is_symlink()
    elif source == "file":
        assert landed.read_text() == "x"
    else:
        assert (landed / "inner").exists()


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
