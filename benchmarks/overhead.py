"""
What the product costs on a clean link, where it can only lose: 1 GiB of random bytes pulled over loopback.

Against the very rsync that it runs, caught in the act, with plain `ssh` for a remote shell; and against the call that
the field guide has people type. Then `fab --list`, against the one of an empty fabfile. Medians; every run is new.

    python -m benchmarks.overhead [--runs 5]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.world import DIRECT, World, show, tell, world

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_BYTES = 1 << 30
LIST_RUNS = 9

MOST_EXTRA_S = 1.5
LEAST_SPEEDUP = 2.0
MOST_LIST = 1.3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with world() as stage:
        copies = copying(stage, runs)
        listings = listing(stage)
    ours, bare, guide = (statistics.median(times) for times in copies.values())
    full, empty = (statistics.median(times) for times in listings.values())
    rows = [
        [name, f"{statistics.median(times):.2f}", f"{min(times):.2f}", f"{max(times):.2f}"]
        for name, times in (copies | listings).items()
    ]
    show(f"1 GiB pulled over loopback, {runs} runs; listing, {LIST_RUNS} runs", ("s", "median", "min", "max"), rows)
    goals = [
        ("ours - bare rsync", ours - bare, f"<= {MOST_EXTRA_S} s", ours - bare <= MOST_EXTRA_S),
        ("field guide's / ours", guide / ours, f">= {LEAST_SPEEDUP}", guide / ours >= LEAST_SPEEDUP),
        ("fab --list / empty", full / empty, f"<= {MOST_LIST}", full / empty <= MOST_LIST),
    ]
    reached = [(name, f"{value:.2f}", bound, "reached" if good else "MISSED") for name, value, bound, good in goals]
    show("", ("goal", "value", "bound", ""), reached)
    return 0 if all(good for *_, good in goals) else 1


def copying(stage: World, runs: int) -> dict[str, list[float]]:
    """Time the three ways to pull, in turn."""
    (stage.box / "big").write_bytes(os.urandom(SIZE_BYTES))
    target = stage.here / "got"
    fab = stage.person.argv("fab", "-H", DIRECT, "transfer.pull", "--path=big", f"--to={target}/")
    words = caught(stage, fab)
    tell(f"ours runs:  {shlex.join(words)}")
    rsh = f"ssh -F {stage.person.ssh / 'config'} -o UserKnownHostsFile={stage.person.ssh / 'known_hosts'}"
    typed = ["rsync", "-avz", "--partial", "--inplace", "-e", rsh, f"{DIRECT}:big", f"{target}/"]
    tell(f"guide runs: {shlex.join(typed)}")
    ways = {"ours": fab, "the same rsync, bare": words, "the field guide's rsync": typed}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, argv in ways.items():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            outcome = stage.run(argv)
            if outcome.exit_code or (target / "big").stat().st_size != SIZE_BYTES:
                raise RuntimeError(f"{name} ended with {outcome.exit_code}: {outcome.stderr}")
            times[name].append(outcome.seconds)
            tell(f"{name}: {outcome.seconds:.2f} s")
    return times


def caught(stage: World, fab: list[str]) -> list[str]:
    """Run `fab` once and return the words of the rsync that it starts, with its `ssh` in place of the link program."""
    found: list[tuple[list[str], Mapping[str, str]]] = []

    def watch() -> None:
        for pid in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = os.fsdecode((pid / "cmdline").read_bytes()).split("\0")[:-1]
                if words and words[0] == "rsync" and "--dry-run" not in words and f"{stage.here}/got/" in words:
                    pairs = os.fsdecode((pid / "environ").read_bytes()).split("\0")[:-1]
                    found.append((words, dict(pair.split("=", 1) for pair in pairs)))

    outcome = stage.run(fab, watch=lambda: None if found else watch())
    if not found:
        raise RuntimeError(f"no rsync was seen: {outcome.stderr}")
    words, environment = found[0]
    ssh: list[str] = json.loads(environment["SSH_TRANSPORT_LINK"])["ssh"]
    quoted = " ".join(f'"{word}"' if " " in word else word for word in ssh)
    return [f"--rsh={quoted}" if word.startswith("--rsh=") else word for word in words]


def listing(stage: World) -> dict[str, list[float]]:
    """Time `fab --list` with the runbook of one line, and with an empty one."""
    empty = stage.here / "empty"
    empty.mkdir()
    (empty / "fabfile.py").touch()
    ways = {
        "fab --list": stage.person.argv("fab", "--list"),
        "fab --list, empty fabfile": stage.person.argv("fab", "--search-root", str(empty), "--list"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(LIST_RUNS):
        for name, argv in ways.items():
            times[name].append(stage.run(argv).seconds)
    return times


if __name__ == "__main__":
    sys.exit(main())
