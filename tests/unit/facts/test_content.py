"""A large file is known for what it is, here and on a box; nothing is said of what can't be looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.facts.content import CONTENT, MUCH_BYTES, UNKNOWN, Content, content_here, content_of

if TYPE_CHECKING:
    from pathlib import Path

FULL = os.urandom(1 << 20) * (MUCH_BYTES >> 20)


def there(path: Path, *, tools: str = os.environ["PATH"]) -> Content:
    script = f"path=$1\n{CONTENT}\ncontent 2>/dev/null"
    argv = ["/bin/sh", "-c", script, "sh", str(path)]
    said = subprocess.run(argv, env={"PATH": tools}, stdout=subprocess.PIPE, text=True, check=False).stdout
    return content_of(said)


@pytest.mark.parametrize(
    ("data", "is_cut", "expected"),
    [
        (FULL, False, Content(has_holes=False, packs=False)),
        (b"epoch 1, loss 0.25\n" * (MUCH_BYTES // 18), False, Content(has_holes=True, packs=True)),
        (bytes(byte & 0x1F | 0x40 for byte in FULL), False, Content(has_holes=True, packs=True)),
        (bytes(byte & 0x7F for byte in FULL), False, Content(has_holes=False, packs=True)),
        (FULL, True, Content(has_holes=True, packs=False)),
        (FULL[:-1], False, UNKNOWN),
        (b"", False, UNKNOWN),
    ],
    ids=["random", "text", "five bits in eight", "seven bits in eight", "with a hole", "small", "empty"],
)
def test_both_ends_find_the_same(data: bytes, is_cut: bool, expected: Content, tmp_path: Path) -> None:
    path = tmp_path / "it's -a file"
    path.write_bytes(data)
    if is_cut:
        # Between two of the samples.
        with path.open("r+b") as file:
            file.seek(8 << 20)
            file.truncate()
            file.seek(2 * MUCH_BYTES - (20 << 20))
            file.write(data[: 20 << 20])
            os.pwrite(file.fileno(), data[: 1 << 20], MUCH_BYTES - (1 << 19))

    assert (content_here(str(path)), there(path)) == (expected, expected)


def test_what_is_no_file_or_no_own_one_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "full").write_bytes(FULL)
    (tmp_path / "link").symlink_to("full")
    os.mkfifo(tmp_path / "fifo")

    for path in (tmp_path, tmp_path / "link", tmp_path / "fifo", tmp_path / "none"):
        assert (content_here(str(path)), there(path)) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("lacking", ["", "stat", "dd", "gzip", "timeout", "sh"])
def test_a_box_without_one_of_the_tools_is_taken_to_pack_what_it_has(lacking: str, tmp_path: Path) -> None:
    (tmp_path / "full").write_bytes(FULL)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"stat", "dd", "gzip", "timeout", "wc", "sh"} - {lacking}:
        (tools / name).symlink_to(str(shutil.which(name)))

    assert there(tmp_path / "full", tools=str(tools)).packs == bool(lacking)


def test_a_count_that_a_file_system_made_up_proves_no_lack_of_holes() -> None:
    """So it is over NFS gateways, sshfs and most of FUSE: as many blocks as the size needs."""
    size_bytes = (1 << 30) + 1000

    made_up, counted = -(-size_bytes // 512), -(-size_bytes // 4096) * 8

    assert content_of(f"{size_bytes} {made_up} 512 393294") == Content(has_holes=True, packs=False)
    assert content_of(f"{size_bytes} {counted} 512 393294") == Content(has_holes=False, packs=False)


@pytest.mark.parametrize(
    "said",
    [
        *("", "1", "1 2 3", "1 2 3 x", "-1 2 3 4", "1 2 3 4 5", "\x1b[2J 1 2 3"),
        pytest.param("1" * 5000 + " 1 1 1", id="too long"),
    ],
)
def test_nonsense_is_nothing_known(said: str) -> None:
    assert content_of(said) == UNKNOWN
