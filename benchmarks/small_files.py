"""
Many small files: our rsync engine against the very rsync that it runs, caught in the act, with plain `ssh`.

The tree is pulled over loopback into an empty target, and once more with nothing to do. Medians, ours as a multiple.

    python -m benchmarks.small_files [--files 100000] [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from typing import TYPE_CHECKING

from benchmarks.overhead import caught
from benchmarks.world import DIRECT, World, show, tell, world

if TYPE_CHECKING:
    from pathlib import Path

FILE_BYTES = 200
FILES_IN_A_DIRECTORY = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with world() as stage:
        make(stage.box / "many", args.files)
        times = timed(stage, args.files, args.runs)
    medians = {name: statistics.median(found) for name, found in times.items()}
    rows = []
    for what in ("pull", "pull again"):
        ours, bare = medians[f"ours, {what}"], medians[f"bare rsync, {what}"]
        rows.append((what, f"{ours:.2f}", f"{bare:.2f}", f"{ours / bare:.2f}"))
    title = f"{args.files} files of {FILE_BYTES} bytes over loopback, medians of {args.runs} runs"
    show(title, ("s", "ours", "bare rsync", "ours / bare"), rows)


def timed(stage: World, files: int, runs: int) -> dict[str, list[float]]:
    """Time both ways in turn, into an empty target and into the full one."""
    target = stage.here / "got"
    fab = stage.person.argv("fab", "-H", DIRECT, "transfer.pull", "--path=many", f"--to={target}/")
    ways = {"ours": fab, "bare rsync": caught(stage, fab)}
    times: dict[str, list[float]] = {}
    for _ in range(runs):
        for name, argv in ways.items():
            shutil.rmtree(target)
            target.mkdir()
            for what in ("pull", "pull again"):
                outcome = stage.run(argv)
                if outcome.exit_code or count(target) != files:
                    raise RuntimeError(f"{name} ended with {outcome.exit_code}: {outcome.stderr[-1000:]}")
                times.setdefault(f"{name}, {what}", []).append(outcome.seconds)
                tell(f"{name}, {what}: {outcome.seconds:.2f} s")
    return times


def make(root: Path, files: int) -> None:
    for number in range(files):
        path = root / f"{number // FILES_IN_A_DIRECTORY}" / f"{number}.json"
        if number % FILES_IN_A_DIRECTORY == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(FILE_BYTES))


def count(root: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(root))


if __name__ == "__main__":
    main()
