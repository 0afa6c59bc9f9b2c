"""
The striped link against its peers, over paths that are long, lossy, or neither: seconds to pull the same work.

Every program pulls in turn and meets the same sequence of losses, another in each round. Medians; a rate with ~ is
of a run whose time was up, by what the link carried. *raw-8* is the yardstick: what eight bare `ssh ... cat` carry
together. Needs root.

    python -m benchmarks.streams [--runs 3] [--paths 1000/100/0.1,...] [--work file,tree] [--peers ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.bad_path import PathSpec
from benchmarks.far_box import far_box
from benchmarks.peers import GUIDE, OTHERS, PLAIN, YARDSTICK, Peer, Work, ours, raw
from benchmarks.sftp_speed import contents
from benchmarks.world import show, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.far_box import FarBox

PATHS = "1000/1/0,1000/100/0,1000/100/0.01,1000/100/0.1,1000/20/0.1,200/200/1"
STREAMS = "1,4,8,16,auto"
FILE_BYTES, FILES, FILES_IN_A_DIRECTORY = 8 << 10, 2000, 100
CHUNK_BYTES = 1 << 20
# In the order of the columns: what a row's rate is divided by.
MEASURES = (GUIDE, PLAIN, YARDSTICK)


@dataclass(frozen=True)
class Measurement:
    """One run; `seconds` is the limit and `rate_mb_s` what the link carried where its time was up."""

    path: PathSpec
    work: str
    peer: str
    streams: int | None
    seconds: float
    rate_mb_s: float
    timed_out: bool
    failure: str
    wire_ratio: float
    load: float


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    peers = chosen(args.peers, args.streams)
    found: list[Measurement] = []
    for spec in args.paths:
        for round_number in range(args.runs):
            found += measured(spec, peers, args, seed=round_number + 1)
            if args.json:
                args.json.write_text(json.dumps(recorded(found), indent=1))
        report(spec, [run for run in found if run.path == spec])
    for peer in peers:
        if why := peer.missing():
            tell(f"missing: {peer.name}: {why}")
    return 1 if any(run.failure for run in found) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--paths", type=paths, default=PATHS, help="MBIT/RTT_MS/LOSS_PERCENT, with commas")
    parser.add_argument("--work", type=words, default="file,tree")
    parser.add_argument("--peers", type=words, default="", help="all that are known, unless named")
    parser.add_argument("--streams", type=words, default=STREAMS, help="with how many ours is run")
    parser.add_argument("--megabytes", type=float, default=200, help="the size of the file")
    parser.add_argument("--timeout", type=float, default=400, metavar="S", help="of each run")
    parser.add_argument("--congestion", default="cubic", help="the congestion control of both ends")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def paths(text: str) -> list[PathSpec]:
    return [PathSpec.parse(word) for word in words(text)]


def chosen(names: Sequence[str], streams: Sequence[str]) -> list[Peer]:
    """Return the peers, all or those that are named; `ours-N` and `raw-N` are there for every N."""
    known = {peer.name: peer for peer in (ours(""), *map(ours, streams), raw(8), *OTHERS)}
    for name in names:
        family, _, number = name.partition("-")
        if number and family in {"ours", "raw"}:
            known[name] = ours(number) if family == "ours" else raw(int(number))
    if unknown := set(names) - known.keys():
        raise SystemExit(f"error: unknown: {', '.join(sorted(unknown))}\n\nhint: there are {', '.join(known)}")
    return [known[name] for name in names or known]


def measured(spec: PathSpec, peers: Sequence[Peer], args: argparse.Namespace, seed: int) -> Iterator[Measurement]:
    """Run every peer once on every work."""
    with far_box(spec, seed=seed, congestion=args.congestion) as stage:
        for work in made(stage.box, args.work, int(args.megabytes * 1e6)):
            for peer in peers:
                if not peer.missing() and (run := pulled(stage, work, peer, args.timeout)):
                    tell(f"{spec} {work.name} {peer.name}: {seconds(run)} s, {rate(run)} MB/s {run.failure}")
                    yield run


def pulled(stage: FarBox, work: Work, peer: Peer, timeout_s: float) -> Measurement | None:
    """Run one command, and compare what came; None if the peer can't."""
    target = stage.here / "got"
    target.mkdir()
    argv = peer.argv(stage, work, target)
    if argv is None:
        target.rmdir()
        return None
    load = os.getloadavg()[0]
    ended = stage.run(argv, timeout_s)
    timed_out = ended.exit_code is None
    failure = ""
    if ended.exit_code:
        failure = f"ended with {ended.exit_code}: {ended.output[-500:]}"
    elif not timed_out and peer.keeps and contents(target / work.source.name) != contents(work.source):
        failure = "the two ends differ"
    shutil.rmtree(target)
    brought = min(ended.down.payload_bytes, work.bytes) if timed_out else work.bytes
    return Measurement(
        stage.path.spec,
        work.name,
        peer.name,
        peer.streams,
        ended.seconds,
        brought / ended.seconds / 1e6,
        timed_out,
        failure,
        ended.down.payload_bytes / work.bytes,
        load,
    )


def made(home: Path, names: Sequence[str], file_bytes: int) -> Iterator[Work]:
    """Make the works that are named on the box."""
    if "file" in names:
        with (home / "weights.bin").open("wb") as file:
            for start in range(0, file_bytes, CHUNK_BYTES):
                file.write(os.urandom(min(CHUNK_BYTES, file_bytes - start)))
        yield Work("file", home / "weights.bin", file_bytes)
    if "tree" in names:
        for number in range(FILES):
            path = home / "tree" / f"{number // FILES_IN_A_DIRECTORY}" / f"{number}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.urandom(FILE_BYTES))
        yield Work("tree", home / "tree", FILES * FILE_BYTES)


def report(spec: PathSpec, runs: Sequence[Measurement]) -> None:
    """Print a table for each work over a path."""
    for work in dict.fromkeys(run.work for run in runs):
        by_peer: defaultdict[str, list[Measurement]] = defaultdict(list)
        for run in runs:
            if run.work == work:
                by_peer[run.peer].append(run)
        good = {name: [run for run in found if not run.failure] for name, found in by_peer.items()}
        rates = {name: statistics.median(run.rate_mb_s for run in found) for name, found in good.items() if found}
        best = max((value for name, value in rates.items() if not name.startswith(("ours", "raw"))), default=None)
        bases = [*(rates.get(name) for name in MEASURES), best]
        rows = [row(name, by_peer[name], good[name], rates.get(name), bases) for name in by_peer]
        headings = ("program", "s", "MB/s", *(f"x {name}" for name in MEASURES), "x best peer", "s from to", "failed")
        show(f"{spec}: {work}", headings, rows)


def row(
    name: str,
    runs: Sequence[Measurement],
    good: Sequence[Measurement],
    own_rate: float | None,
    bases: Sequence[float | None],
) -> list[str]:
    failed = f"{len(runs) - len(good)} of {len(runs)}" if len(good) < len(runs) else ""
    if own_rate is None:
        return [name, *["-"] * (len(bases) + 3), failed]
    ordered = sorted(good, key=lambda run: (run.timed_out, run.seconds))
    middle = ordered[len(ordered) // 2]
    ratios = [f"{own_rate / base:.2f}" if base else "-" for base in bases]
    return [
        name,
        seconds(middle),
        ("~" if middle.timed_out else "") + f"{own_rate:.2f}",
        *ratios,
        f"{seconds(ordered[0])} {seconds(ordered[-1])}",
        failed,
    ]


def seconds(run: Measurement) -> str:
    return f">{run.seconds:.0f}" if run.timed_out else f"{run.seconds:.1f}"


def rate(run: Measurement) -> str:
    return f"{'~' if run.timed_out else ''}{run.rate_mb_s:.2f}"


def recorded(runs: Sequence[Measurement]) -> dict[str, Any]:
    """Return what the JSON file holds."""
    machine = {"kernel": platform.release(), "cores": os.cpu_count()}
    return {"machine": machine, "runs": [asdict(run) | {"path": run.path._asdict()} for run in runs]}


if __name__ == "__main__":
    sys.exit(main())
