"""After a copy, what is at the source is compared with what arrived: what was written to meanwhile is told."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.leftovers import SFTP_PARTIAL_DIRECTORY
from ssh_transport.transfer.rsync.same_files import stamp_here, stamps_there
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd

SIZE_BYTES = 6 << 20
TASKS = ("pull", "push")
PATHS = FILE, TREE = ("ckpt/weights", "ckpt")


def arrived_bytes(target: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        partial = target.rglob(f"{SFTP_PARTIAL_DIRECTORY}/*")
        return sum(path.lstat().st_size for path in {*target.rglob("*weights*"), *partial})
    return 0


# Each of the three with each value of the other two: the second look plans without streams.
@pytest.mark.parametrize(
    ("streams", "task", "path"), [(1, "pull", FILE), (1, "push", TREE), (2, "pull", TREE), (2, "push", FILE)]
)
def test_a_file_that_is_replaced_while_it_is_copied_is_told_and_the_next_run_has_it(
    task: str, path: str, streams: int, box: Sshd, person: Person
) -> None:
    source, target = (box.home, person.home / "got") if task == "pull" else (person.home, box.home / "got")
    (source / "ckpt").mkdir()
    weights = source / "ckpt" / "weights"
    weights.write_bytes(os.urandom(SIZE_BYTES))
    os.utime(weights, (1_700_000_000, 1_700_000_000))
    newer = source / "newer"
    newer.write_bytes(os.urandom(SIZE_BYTES))
    words = ("fab", "-H", "proj-1", f"transfer.{task}", f"--path={path}", "--to=got/", f"--streams={streams}")

    run = person.starts(*words, "--bwlimit=4M")
    until(lambda: arrived_bytes(target) > SIZE_BYTES // 4 or run.poll() is not None)
    newer.replace(weights)
    _, stderr = run.communicate(timeout=60)
    again = person.types(*words)

    assert run.returncode == 25, stderr
    assert "1 file differ after the copy: changed meanwhile, or not stored" in stderr
    assert "weights" in stderr
    assert again.exit_code == 0, again.stderr
    (arrived,) = target.rglob("weights")
    assert arrived.read_bytes() == weights.read_bytes()


# What rsync plans in the other two is for the test above, which takes the same plan.
@pytest.mark.parametrize(
    ("engine", "task", "path"),
    [("rsync", "pull", FILE), ("rsync", "push", TREE), *(("sftp", task, path) for task in TASKS for path in PATHS)],
)
def test_a_file_that_is_rewritten_with_the_same_size_and_time_is_told(
    task: str, path: str, engine: str, box: Sshd, person: Person
) -> None:
    """What arrives is a mixture; only the change time tells."""
    source, target = (box.home, person.home / "got") if task == "pull" else (person.home, box.home / "got")
    (source / "ckpt").mkdir()
    weights = source / "ckpt" / "weights"
    weights.write_bytes(os.urandom(SIZE_BYTES))
    os.utime(weights, (1_700_000_000, 1_700_000_000))
    words = ("fab", "-H", "proj-1", f"transfer.{task}", f"--path={path}", "--to=got/", f"--engine={engine}")

    run = person.starts(*words, "--bwlimit=3M")
    until(lambda: arrived_bytes(target) > SIZE_BYTES // 4 or run.poll() is not None)
    with weights.open("r+b") as file:
        file.write(os.urandom(SIZE_BYTES))
    os.utime(weights, (1_700_000_000, 1_700_000_000))
    _, stderr = run.communicate(timeout=60)

    assert run.returncode == 25, stderr
    assert "changed meanwhile" in stderr
    assert "weights" in stderr


def test_a_stamp_is_of_a_regular_file_and_the_same_from_both_sides(there: Box, box: Sshd) -> None:
    names = ["plain", 'it\'s a "name"', "-n", "two\nlines", "$(id)"]
    for name in names:
        (box.home / name).write_text(name)
    (box.home / "linked").symlink_to("plain")
    (box.home / "directory").mkdir()

    assert stamps_there(there, [f"./{name}" for name in names]) == [stamp_here(str(box.home / name)) for name in names]
    assert None not in [stamp_here(str(box.home / name)) for name in names]
    for name in ("linked", "directory", "missing"):
        assert stamps_there(there, [name]) == [None]
        assert stamp_here(str(box.home / name)) is None
