"""
Healing: one pull over a bad path on which every TCP connection is reset every 5 s, and all is silent once for 60 s.

In every third round all connections are reset in one moment, in the others one after another. The box's own rsync is
counted: whether it was started once for the copy, whether both ends are the same, and what crossed the wire for it.
Needs root, and `ss` for the resets.

    python -m benchmarks.heal [--megabytes 1000] [--path 1000/100/0.01] [--flags=--streams=8] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bad_path import PathSpec, inside
from benchmarks.far_box import far_box
from benchmarks.peers import ours
from benchmarks.sftp_speed import contents
from benchmarks.streams import made
from benchmarks.world import show, tell

if TYPE_CHECKING:
    from benchmarks.far_box import FarBox

RESET_EVERY_S = 5
ALL_AT_ONCE_EVERY = 3
SILENCE_S = 60
SILENCE_AT = 0.3
MOST_WIRE = 1.1
WRAPPER = """\
#!/bin/sh
printf '%s\\n' "$*" >>{log}
exec {rsync} "$@"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--path", type=PathSpec.parse, default="1000/100/0.01", help="MBIT/RTT_MS/LOSS_PERCENT")
    parser.add_argument("--flags", default="", help="more words for `transfer.pull`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=1800, metavar="S")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not shutil.which("ss"):
        raise SystemExit("error: `ss` is missing\n\nhint: apt-get install iproute2")
    with tempfile.TemporaryDirectory(prefix="heal-") as name:
        log = wrapped_rsync(Path(name))
        with far_box(args.path, seed=args.seed, path_before=[Path(name)]) as stage:
            cells = healed(stage, log, args)
    headings = ("goal", "seen", "bound", "missed")
    rows = [(goal, seen, bound, "" if good else "missed") for goal, seen, bound, good in cells]
    show(f"{args.megabytes:g} MB over {args.path}, seed {args.seed} {args.flags}", headings, rows)
    return 0 if all(good for *_, good in cells) else 1


def healed(stage: FarBox, log: Path, args: argparse.Namespace) -> list[tuple[str, str, str, bool]]:
    """Pull once, and return goal, what was seen, bound and whether it is good."""
    (work,) = made(stage.box, ["file"], int(args.megabytes * 1e6))
    target = stage.here / "got"
    target.mkdir()
    faults = Faults(stage, int(work.bytes * SILENCE_AT))
    argv = [*(ours("").argv(stage, work, target) or ()), *shlex.split(args.flags)]
    ended = stage.run(argv, args.timeout, faults.watch)
    tell(ended.output[-3000:])
    same = contents(target / work.source.name) == contents(work.source)
    starts = copies(log)
    wire = ended.down.payload_bytes / work.bytes
    return [
        ("exit code", "time was up" if ended.exit_code is None else str(ended.exit_code), "0", ended.exit_code == 0),
        ("both ends", "same" if same else "DIFFERENT", "same", same),
        ("rsync started for the copy", str(starts), "once", starts == 1),
        ("wire / file", f"{wire:.3f}", f"<= {MOST_WIRE}", wire <= MOST_WIRE),
        ("connections reset", str(faults.resets), "> 0", faults.resets > 0),
        ("all at once", str(faults.all_at_once), "> 0", faults.all_at_once > 0),
        ("silence", f"{faults.silent_s:.0f} s", f"{SILENCE_S} s", faults.silent_s >= SILENCE_S),
        ("seconds", f"{ended.seconds:.0f}", "", True),
    ]


class Faults:
    """Resets and silences the path while a copy runs."""

    def __init__(self, stage: FarBox, silence_at_bytes: int) -> None:
        self.resets = self.all_at_once = 0
        self.silent_s = 0.0
        self._stage = stage
        self._before_bytes = stage.path.down().payload_bytes
        self._silence_at_bytes = silence_at_bytes
        self._silent_since_s: float | None = None
        self._round = 0
        self._round_at_s = time.monotonic() + RESET_EVERY_S
        self._due: list[tuple[float, int]] = []

    def watch(self) -> None:
        """Do what is due."""
        now_s = time.monotonic()
        if self._silent_since_s is not None:
            self.silent_s = now_s - self._silent_since_s
            if self.silent_s >= SILENCE_S:
                self._stage.path.restore()
                self._silent_since_s, self._round_at_s = None, now_s + RESET_EVERY_S
        elif not self.silent_s and self._brought_bytes() >= self._silence_at_bytes:
            self._stage.path.silence()
            self._silent_since_s, self._due = now_s, []
        else:
            self._reset(now_s)

    def _reset(self, now_s: float) -> None:
        if now_s >= self._round_at_s:
            self._round += 1
            self._round_at_s = now_s + RESET_EVERY_S
            ports = self._connections()
            at_once = self._round % ALL_AT_ONCE_EVERY == 0
            step_s = 0 if at_once else RESET_EVERY_S / max(1, len(ports))
            self._due = [(now_s + number * step_s, port) for number, port in enumerate(ports)]
            self.all_at_once += at_once and bool(ports)
        if ports := [port for due_s, port in self._due if due_s <= now_s]:
            self._due = self._due[len(ports) :]
            self.resets += len(ports)
            which = " or ".join(f"dport = :{port}" for port in ports)
            self._ss("--kill", f"sport = :{self._stage.sshd.port} and ( {which} )")

    def _brought_bytes(self) -> int:
        return self._stage.path.down().payload_bytes - self._before_bytes

    def _connections(self) -> list[int]:
        """Return the near ports of the connections to the box's sshd."""
        said = self._ss("state", "established", f"sport = :{self._stage.sshd.port}")
        return [int(line.split()[3].rpartition(":")[2]) for line in said.splitlines()]

    def _ss(self, *words: str) -> str:
        with inside(self._stage.path.far):
            return subprocess.run(
                ["ss", "--no-header", "--numeric", "--tcp", *words], capture_output=True, text=True, check=True
            ).stdout


def wrapped_rsync(directory: Path) -> Path:
    """Put an `rsync` into a directory that keeps a list of its calls, and return the list."""
    log = directory / "calls"
    log.touch()
    rsync = shlex.quote(shutil.which("rsync") or "rsync")
    (directory / "rsync").write_text(WRAPPER.format(log=shlex.quote(str(log)), rsync=rsync))
    (directory / "rsync").chmod(0o755)
    return log


def copies(log: Path) -> int:
    """Count the calls that serve a copy, not a question for the version or a dry run."""
    calls = [os.fsdecode(line).split() for line in log.read_bytes().splitlines()]
    short = [
        next((word for word in call if word[0] == "-" and word[1:2] != "-"), "") for call in calls if "--server" in call
    ]
    # The letters up to "e." are options, an "n" behind that is a capability: rsync's `server_options`.
    return sum("n" not in letters.partition("e.")[0] for letters in short)


if __name__ == "__main__":
    sys.exit(main())
