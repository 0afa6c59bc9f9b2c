"""
Our SFTP engine against OpenSSH's own `sftp -b`, in the same run: pull and push, wall time of the whole command.

*large*: one file over loopback. *small*: a tree of small files over loopback. *far*: a file over a link with a round
trip of 100 ms and any bandwidth. Every target is compared byte by byte. Medians, and ours as a share of theirs.

    python -m benchmarks.sftp_speed [--runs 5] [--large-mib 1024] [--files 2000] [--far-mib 32] [--only small]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.main_job import described
from benchmarks.world import ALIAS, DIRECT, show, tell, world

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.world import World

ONE_WAY_S = 0.05
SMALL_BYTES = 8 << 10
FILES_IN_A_DIRECTORY = 100
CHUNK_BYTES = 1 << 20


class Job(NamedTuple):
    name: str
    alias: str
    one_way_s: float
    files: int
    file_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large-mib", type=int, default=1024)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--far-mib", type=int, default=32)
    parser.add_argument("--only", default="", help="the jobs whose name has this in it")
    args = parser.parse_args()
    jobs = (
        Job("large", DIRECT, 0, 1, args.large_mib << 20),
        Job("small", DIRECT, 0, args.files, SMALL_BYTES),
        Job("far", ALIAS, ONE_WAY_S, 1, args.far_mib << 20),
    )
    rows = []
    for job in jobs:
        if args.only in job.name:
            with world(delay_s=job.one_way_s) as stage:
                rows += [timed(stage, job, task, args.runs) for task in ("pull", "push")]
    headings = ("job", "files", "MiB", "ours", "sftp -b", "ours / theirs", "ours from to", "theirs from to")
    show(f"seconds, medians of {args.runs} runs", headings, rows)


def timed(stage: World, job: Job, task: str, runs: int) -> list[object]:
    """Return a row of the table."""
    (near, far) = (stage.here, stage.box) if task == "pull" else (stage.box, stage.here)
    source, target = far / f"tree-{task}", near / f"got-{task}"
    make(source, job)
    wanted = contents(source)
    theirs = theirs_words(stage, job, task, source, target)
    ours = stage.copying("sftp", job.alias, task, f"--path={source}", f"--to={target}/")
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(runs):
        for name, argv in (("ours", ours), ("theirs", theirs)):
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            outcome = stage.run(argv)
            if outcome.exit_code or contents(target / source.name) != wanted:
                raise RuntimeError(f"{name} ended with {outcome.exit_code}: {outcome.stderr[-1000:]}")
            times[name].append(outcome.seconds)
            tell(f"{job.name}/{task} {name}: {outcome.seconds:.2f} s")
    shutil.rmtree(source)
    shutil.rmtree(target)
    medians = [statistics.median(found) for found in times.values()]
    return [
        f"{job.name}/{task}",
        job.files,
        job.files * job.file_bytes >> 20,
        *(f"{median:.2f}" for median in medians),
        f"{medians[0] / medians[1]:.2f}",
        *(f"{min(found):.2f} {max(found):.2f}" for found in times.values()),
    ]


def theirs_words(stage: World, job: Job, task: str, source: Path, target: Path) -> list[str]:
    """Return a call of `sftp` that keeps times and modes, as ours does."""
    batch = stage.here / f"batch-{job.name}-{task}"
    verb = "get" if task == "pull" else "put"
    batch.write_text(f'{verb} -rp "{source}" "{target}/{source.name}"\n')
    if task == "push":
        # `put -r` makes no directory of another name than the source's.
        batch.write_text(f'put -rp "{source}" "{target}"\n')
    options = ("-F", stage.person.ssh / "config", "-o", f"UserKnownHostsFile={stage.person.ssh / 'known_hosts'}")
    return ["sftp", *map(str, options), "-b", str(batch), job.alias]


def make(root: Path, job: Job) -> None:
    for number in range(job.files):
        path = root / f"{number // FILES_IN_A_DIRECTORY}" / f"{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for start in range(0, job.file_bytes, CHUNK_BYTES):
                file.write(os.urandom(min(CHUNK_BYTES, job.file_bytes - start)))


def contents(root: Path) -> dict[str, object]:
    """Return a digest of every file, without modes and times."""
    return {name: what[-1] for name, what in described(root).items() if what[-1] is not None}


if __name__ == "__main__":
    main()
