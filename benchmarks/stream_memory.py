"""
Peak memory at both ends of one large copy over several connections, next to what rsync needs by itself.

The receiving rsync is stopped for some seconds in the middle, so that everything between fills up to its bound. What is
read is the peak of each program's own memory (VmHWM), often enough that none ends unseen.

    python -m benchmarks.stream_memory [--megabytes 4000] [--streams 8]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sftp_speed import CHUNK_BYTES
from benchmarks.world import DIRECT, show, world
from ssh_transport.settings import TransferSettings
from tests.support.processes import programs_of

if TYPE_CHECKING:
    from benchmarks.world import World

PAUSE_AT, PAUSE_S = 0.3, 5
MB = 1_000_000
# What Python and our modules take before the first byte.
PROGRAM_BYTES = 24 << 20
PARTS = {
    "rsync here": rb"^rsync\0(?!.*--server)",
    "our end": rb"/stripe\0",
    "ssh": rb"^ssh\0",
    "rsync there": rb"^[^\0]*rsync\0--server",
    "far end": rb"^\S*python\S*\0-I\0-S\0-c\0",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=4000)
    parser.add_argument("--streams", type=int, default=8)
    args = parser.parse_args()
    with world() as stage:
        size = make(stage.box / "weights", args.megabytes * MB)
        several = peaks(stage, f"--streams={args.streams}", size)
        one = peaks(stage, "--streams=1", size)
    bound = TransferSettings().streams_limit_bytes + PROGRAM_BYTES
    rows, missed = [], False
    for part in PARTS:
        (highest, number, together), (alone, _, together_alone) = several[part], one[part]
        is_over = part in {"our end", "far end"} and highest > bound
        missed |= is_over
        figures = map(shown, (highest, together, alone, together_alone))
        rows.append([part, number, *figures, "missed" if is_over else ""])
    what = f"{args.megabytes} MB pulled over {args.streams}"
    title = f"{what}: highest peak of one program and sum of all, MB; bound {shown(bound)}"
    show(title, ("program", "how many", "several", "sum", "one", "sum", "missed"), rows)
    return missed


def peaks(stage: World, flag: str, size: int) -> dict[str, tuple[int, int, int]]:
    """Pull once; return for each part the highest peak of one program, how many there were, the sum of their peaks."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    pause = Pause(stage, stage.here / f"got{flag}", size)

    def watch() -> None:
        programs = {**programs_of(stage.here), **programs_of(stage.box)}
        for process, words in programs.items():
            for part, pattern in PARTS.items():
                if re.search(pattern, words, re.DOTALL) and (peak := peak_bytes(process)):
                    found[part][process] = peak
        pause.watch(programs)

    argv = stage.copying("rsync", DIRECT, "pull", "--path=weights", f"--to={pause.place}/", flag)
    ended = stage.run(argv, watch)
    if ended.exit_code or not pause.is_over:
        raise RuntimeError(f"{flag}: ended with {ended.exit_code}: {ended.stderr[-1000:]}")
    (pause.place / "weights").unlink()
    highest = {part: list(found[part].values()) for part in PARTS}
    return {part: (max(each, default=0), len(each), sum(each)) for part, each in highest.items()}


class Pause:
    """Stops the receiving rsync for a while once a part of the file is there."""

    def __init__(self, stage: World, place: Path, size: int) -> None:
        self.place = place
        self.is_over = False
        self._stage = stage
        self._from_bytes = int(size * PAUSE_AT)
        self._until_s = 0.0
        self._stopped: list[int] = []

    def watch(self, programs: dict[int, bytes]) -> None:
        """Do what is due."""
        if self._stopped and time.monotonic() > self._until_s:
            self._signal(signal.SIGCONT)
            self._stopped, self.is_over = [], True
        elif not (self._stopped or self.is_over) and self._brought_bytes() > self._from_bytes:
            self._stopped = [process for process, words in programs.items() if re.search(PARTS["rsync here"], words)]
            self._signal(signal.SIGSTOP)
            self._until_s = time.monotonic() + PAUSE_S

    def _brought_bytes(self) -> int:
        return sum(path.stat().st_blocks * 512 for path in self.place.rglob("weights"))

    def _signal(self, number: int) -> None:
        for process in self._stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


def peak_bytes(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def make(path: Path, size: int) -> int:
    """Write a file that no program can shorten, at little cost: one random piece, each time with another beginning."""
    piece = os.urandom(CHUNK_BYTES)
    with path.open("wb") as file:
        for start in range(0, size, CHUNK_BYTES):
            file.write((start.to_bytes(8, "big") + piece[8:])[: size - start])
    return size


def shown(size: int) -> str:
    return f"{size / MB:.1f}"


if __name__ == "__main__":
    sys.exit(main())
