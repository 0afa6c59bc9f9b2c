"""
One upload, many boxes: `transfer.spread` by each way, and with a box that is killed in the middle, against one push.

Real servers in network namespaces with rate limits; every copy is compared. *Sending* is what is left when the time of
a second run is taken off, which looks at all boxes, compares them, and sends nothing; *model* is what
`benchmarks.spread_model` makes of the same lines. Needs root.

    python -m benchmarks.spread [--boxes 10] [--mb 40] [--home 80] [--box 240] [--runs push,each,tree,relay,killed]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import spread_model
from benchmarks.many_lines import Lines, many
from benchmarks.world import show, tell

if TYPE_CHECKING:
    from benchmarks.many_lines import Many

RUNS = ("push", "each", "tree", "relay", "killed")
POLL_S = 0.02
# Of `ssh` from home to a box and on from there, with nothing between.
LOGIN_S = 0.5
HEADINGS = ("what", "arrived", "seconds", "to one push", "sending", "model", "home sent, to the data", "load")


@dataclass(frozen=True)
class Run:
    """One run."""

    name: str
    arrived: int
    seconds: float
    again_s: float
    sent_bytes: int
    load: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=10)
    parser.add_argument("--mb", type=float, default=40)
    parser.add_argument("--home", type=float, default=80, help="Mbit/s up")
    parser.add_argument("--box", type=float, default=240, help="Mbit/s up and down")
    parser.add_argument("--runs", default=",".join(RUNS))
    args = parser.parse_args()
    inputs = spread_model.Inputs(args.mb, args.home, args.box, args.box, LOGIN_S)
    models = {
        "push": inputs.push_s,
        "each": spread_model.each(inputs, args.boxes).seconds,
        "tree": spread_model.Model(inputs, args.boxes).run().seconds,
        "relay": spread_model.relay(inputs, args.boxes).seconds,
    }
    found: list[Run] = []
    for name in args.runs.split(","):
        # New homes for each, so that nothing is there.
        with many(args.boxes, Lines(args.home, args.box, args.box)) as stage:
            data = stage.person.home / "data"
            data.mkdir()
            (data / "weights").write_bytes(os.urandom(int(args.mb * 1e6)))
            found.append(_run(name, stage))
        tell(str(found[-1]))
    push_s = next((run.seconds for run in found if run.name == "push"), 0)
    rows = [
        (
            run.name,
            run.arrived,
            f"{run.seconds:.1f}",
            f"{run.seconds / push_s:.2f}" if push_s else "",
            f"{run.seconds - run.again_s:.1f}" if run.again_s else "",
            f"{models[run.name]:.1f}" if run.name in models else "",
            f"{run.sent_bytes / (args.mb * 1e6):.2f}",
            f"{run.load:.1f}",
        )
        for run in found
    ]
    show(f"{args.boxes} boxes, {args.mb:g} MB, home {args.home:g}, box {args.box:g} Mbit/s", HEADINGS, rows)


def _run(name: str, stage: Many) -> Run:
    boxes = list(stage.boxes)
    to = ["--path=data", "--to=got/"]
    on = f"--on={','.join(boxes)}"
    first = {
        "push": ["transfer.push", *to, f"--on={boxes[0]}", "--verify"],
        "each": ["transfer.spread", *to, on, "--way=each"],
        "tree": ["transfer.spread", *to, on, "--way=tree"],
        "relay": ["transfer.spread", *to, on, "--via=lab"],
        "killed": ["transfer.spread", *to, on, "--way=tree"],
    }[name]
    before = stage.sent_bytes()
    seconds, found = _timed(stage, first, victim=boxes[1] if name == "killed" else "")
    sent_bytes, load = stage.sent_bytes() - before, os.getloadavg()[0]
    again_s = 0.0 if name == "killed" else _timed(stage, [word for word in first if word != "--way=tree"])[0]
    arrived = sum(one["ok"] and one["result"]["verification"]["comparison"]["files"] == 1 for one in found.values())
    return Run(name, arrived, seconds, again_s, sent_bytes, load)


def _timed(stage: Many, words: list[str], *, victim: str = "") -> tuple[float, dict[str, Any]]:
    """
    Type it; return how long it took, and what came of each box.

    :param victim: the box that is killed as soon as it has half of it.
    """
    start = time.monotonic()
    process = stage.person.starts("inv", *words, "--json", env=stage.bucket.environment)
    while process.poll() is None:
        if victim and _has_half(stage, victim):
            stage.boxes[victim].stop()
            tell(f"killed {victim} after {time.monotonic() - start:.1f} s")
            victim = ""
        time.sleep(POLL_S)
    seconds = time.monotonic() - start
    stdout, stderr = process.communicate()
    tell(stderr)
    return seconds, json.loads(stdout)["tasks"][-1]["boxes"]


def _has_half(stage: Many, name: str) -> bool:
    whole = (stage.person.home / "data" / "weights").stat().st_size
    parts = (stage.boxes[name].home / "got").rglob("*")
    return any(path.is_file() and path.stat().st_blocks * 512 > whole / 2 for path in parts)


if __name__ == "__main__":
    main()
