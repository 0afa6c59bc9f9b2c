"""
The memory of our process while many boxes are pushed to at once: `python -m benchmarks.fleet_memory`.

Goal: 150 MB at most for 100 boxes. Told beside are the programs that it starts (`ssh`, rsync and the remote shell that
rsync is given), each at its own peak; what such programs share is counted in each.
"""

from __future__ import annotations

import argparse
import glob
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.fleet import stage
from benchmarks.stream_memory import peak_bytes

GOAL_MB = 150
POLL_S = 0.1


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--boxes", type=int, default=100)
    reads.add_argument("--jobs", type=int, default=100)
    reads.add_argument("--megabytes", type=int, default=1)
    given = reads.parse_args()
    with stage(given.boxes, None) as (fleet, _):
        (fleet.person.home / "data").mkdir()
        (fleet.person.home / "data" / "file").write_bytes(os.urandom(given.megabytes * 1_000_000))
        argv = fleet.ours(given.jobs, "transfer.push", "--path=./data", "--to=./")
        start_s = time.monotonic()
        ours = subprocess.Popen(
            argv,
            cwd=fleet.person.home,
            env=fleet.person.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        own, others, most = 0, 0, 0
        while ours.poll() is None:
            own = max(own, peak_bytes(ours.pid))
            running = started_by(ours.pid)
            others = max(others, sum(map(peak_bytes, running)))
            most = max(most, len(running))
            time.sleep(POLL_S)
        seconds = time.monotonic() - start_s
        if ours.returncode:
            raise SystemExit(f"it ended with {ours.returncode}")
        fleet.arrived(given.megabytes * 1_000_000)
    print(f"{given.boxes} boxes, {given.jobs} at once, {given.megabytes} MB to each, {seconds:.1f} s")
    print(f"our process {own / 1e6:.0f} MB at most (goal {GOAL_MB}); beside it {most} programs, {others / 1e6:.0f} MB")
    sys.exit(own > GOAL_MB * 1e6)


def started_by(process: int) -> list[int]:
    """Return all that a process has started, and what these have."""
    found: list[int] = []
    # A process may end meanwhile.
    for children in glob.glob(f"/proc/{process}/task/*/children"):  # noqa: PTH207 - that of paths can't take it
        try:
            numbers = [int(number) for number in Path(children).read_text().split()]
        except OSError:
            continue
        for number in numbers:
            found += [number, *started_by(number)]
    return found


if __name__ == "__main__":
    main()
