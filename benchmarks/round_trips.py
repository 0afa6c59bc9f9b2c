"""
What the way there and back costs: seconds over 100 ms, where there is next to nothing to carry. Needs root.

Goals: 1 kB in 2.6 s; 2,000 files of 8 KiB in 4.0 s; a chain of five short tasks in 1.5 times what one takes. Medians,
each next to `rsync -a` in the same run, and the logins that the box counted.

    python -m benchmarks.round_trips [--runs 5] [--path 1000/100/0]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.bad_path import PathSpec
from benchmarks.far_box import ALIAS, far_box
from benchmarks.world import tell

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.far_box import FarBox

LONGEST_S = 120
FILES, FILE_BYTES, FILES_IN_A_DIRECTORY = 2000, 8 << 10, 100
CHAIN = (
    *("keys.check", "keys.list", "secrets.list", "hygiene.stop", "no-such-program"),
    *("transfer.pull", "--path=one", "--to=chained", "--dry-run"),
)


class Job(NamedTuple):
    """What is timed; its target is taken away before each run."""

    name: str
    argv: tuple[str, ...]
    target: Path | None = None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--path", type=PathSpec.parse, default="1000/100/0", help="MBIT/RTT_MS/LOSS_PERCENT")
    args = parser.parse_args()
    with far_box(args.path) as stage:
        make_work(stage)
        found = {job.name: [timed(stage, job) for _ in range(args.runs)] for job in jobs(stage)}
    for name, runs in found.items():
        seconds = statistics.median(run[0] for run in runs)
        print(f"{name:40} {seconds:6.2f} s   logins: {statistics.median(run[1] for run in runs):g}")
    return 0


def make_work(stage: FarBox) -> None:
    for end in (stage.box, stage.here):
        (end / "one").write_bytes(os.urandom(1000))
    for number in range(FILES):
        directory = stage.box / "many" / str(number // FILES_IN_A_DIRECTORY)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / str(number)).write_bytes(os.urandom(FILE_BYTES))


def jobs(stage: FarBox) -> list[Job]:
    fab = (*stage.person.argv("fab"), "-H", ALIAS)
    ssh = " ".join(["ssh", *stage.ssh_options])
    rsync = ("rsync", "-a", "-e", ssh)
    pull, push = (*fab, "transfer.pull"), (*fab, "transfer.push")
    here, there = stage.here / "to", stage.box / "to"
    return [
        Job("ssh true", ("ssh", *stage.ssh_options, ALIAS, "true")),
        Job("1 kB, rsync -a", (*rsync, f"{ALIAS}:one", "to/"), here),
        Job("1 kB, transfer.pull", (*pull, "--path=one", "--to=to/"), here),
        Job("1 kB up, rsync -a", (*rsync, "one", f"{ALIAS}:to/"), there),
        Job("1 kB up, transfer.push", (*push, "--path=one", "--to=to/"), there),
        Job("2,000 files, rsync -a", (*rsync, f"{ALIAS}:many/", "to/"), here),
        Job("2,000 files, transfer.pull", (*pull, "--path=many/", "--to=to/"), here),
        Job("keys.check", (*fab, "keys.check")),
        Job("five tasks", (*fab, *CHAIN)),
    ]


def timed(stage: FarBox, job: Job) -> tuple[float, int]:
    """Return seconds and logins of one run."""
    if job.target:
        shutil.rmtree(job.target, ignore_errors=True)
    before = logins(stage)
    done = stage.run(job.argv, LONGEST_S)
    if done.exit_code:
        sys.exit(f"error: {job.name} ended with {done.exit_code}\n  cause: {done.output}")
    tell(f"{job.name}: {done.seconds:.2f} s")
    return done.seconds, logins(stage) - before


def logins(stage: FarBox) -> int:
    return stage.sshd.log.read_text().count("Accepted publickey")


if __name__ == "__main__":
    sys.exit(main())
