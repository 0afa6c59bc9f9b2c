"""
Verifying a tree of many files against `sha256sum` alone at both ends.

    python -m benchmarks.verify_tree [--files N] [--file-bytes N]

Goal: 100,000 files take at most 3 times what two `sha256sum` do that run at once, and the program that compares needs
at most 100 MB more than it does for one file.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from .world import DIRECT, World, show, world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILES = 100_000
FILES_IN_ONE = 500
FILE_BYTES = 4_096
BLOCK_BYTES = 1 << 26
GOAL, GOAL_BYTES = 3.0, 100_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--file-bytes", type=int, default=FILE_BYTES)
    given = parser.parse_args()
    files, file_bytes = given.files, given.file_bytes
    with world() as stage:
        grow(stage.box / "tree", files, file_bytes)
        grow(stage.box / "one", 1, FILE_BYTES)
        for name in ("tree", "one"):
            shutil.copytree(stage.box / name, stage.here / DIRECT / name)
        bare_s = together([sums(stage.box / "tree"), sums(stage.here / DIRECT / "tree")])
        # The peak of children only ever grows: the small one first.
        _, small_bytes = verified(stage, "one")
        ours_s, peak_bytes = verified(stage, "tree")
    rows = [
        ("sha256sum at both ends", f"{bare_s:.2f} s", ""),
        ("transfer.verify", f"{ours_s:.2f} s", f"{peak_bytes / 1e6:.0f} MB"),
        ("transfer.verify of one file", "", f"{small_bytes / 1e6:.0f} MB"),
    ]
    show(f"{files:,} files of {file_bytes:,} bytes", ("what", "time", "peak memory"), rows)
    sys.exit(ours_s > GOAL * bare_s or peak_bytes - small_bytes > GOAL_BYTES)


def grow(root: Path, files: int, file_bytes: int) -> None:
    for number in range(files):
        directory = root / f"{number // FILES_IN_ONE:04d}"
        if number % FILES_IN_ONE == 0:
            directory.mkdir(parents=True)
        with (directory / f"{number:06d}.bin").open("wb") as file:
            for start in range(0, file_bytes, BLOCK_BYTES):
                file.write(os.urandom(min(BLOCK_BYTES, file_bytes - start)))


def sums(root: Path) -> list[str]:
    return ["sh", "-c", 'find "$1" -type f -exec sha256sum {} + >/dev/null', "sh", str(root)]


def together(commands: Sequence[Sequence[str]]) -> float:
    start = time.monotonic()
    for process in [subprocess.Popen(command) for command in commands]:
        process.wait()
    return time.monotonic() - start


def verified(stage: World, name: str) -> tuple[float, int]:
    """Return how long it took, and the largest memory of any program that ran here so far."""
    words = stage.person.argv("fab", "-H", DIRECT, "transfer.verify", f"--path={name}", "--json")
    outcome = stage.run(words)
    if outcome.exit_code:
        raise RuntimeError(f"ended with {outcome.exit_code}: {outcome.stderr}")
    return outcome.seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


if __name__ == "__main__":
    main()
