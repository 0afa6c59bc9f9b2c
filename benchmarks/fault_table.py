"""
Faults at random moments, for both engines and both directions: a copy, and the same command again where it failed.

*cut*: the link is reset at a random byte. *silence*: it falls mute there. *kill*: our own process gets SIGKILL at a
random moment of the time that a clean copy takes. *full*: the target is on a disk that holds a part of the tree; then
there is room. *rewrite*: the largest file gets another content in place at a random byte; the command is always
repeated, and a success was claimed wrongly where that file was neither the old nor the new one.

    python -m benchmarks.fault_table [--runs 100] [--seed 1] [--workers 2] [--only sftp/push]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.world import Outcome, World, show, tell, world
from tests.support.trees import described, litter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENGINES = ("rsync", "sftp")
RATE_BYTES_S = 12_000_000
LARGE_BYTES = 5_000_000
MIDDLE_BYTES = 600_000
SMALL_BYTES = 4_000
MIDDLE_FILES, SMALL_FILES = 4, 40
LARGE = "large.bin"
SETTINGS = "transfer: {keepalive_s: 1, keepalive_misses: 1, connect_timeout_s: 5, attempts: 5, give_up_after_s: 60}\n"
# Of the runs that are asked for: a cut is quick, the others are not.
SHARES = {"cut": 1.0, "silence": 0.2, "kill": 0.2, "full": 0.1, "rewrite": 0.1}


class Cell(NamedTuple):
    """A row of the table, before it is filled."""

    engine: str
    task: str
    fault: str
    runs: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.engine}/{self.task}/{self.fault}"


class Seen(NamedTuple):
    """One copy with its fault, and the second run if there was one."""

    first_exit: int
    is_claimed_wrongly: bool
    second_exit: int | None
    is_identical: bool
    wire_share: float
    litter: list[str]


@dataclass
class Fault:
    """How a fault is brought about: planned before the first run, watched during it, mended after it."""

    plan: Callable[[], None] = lambda: None
    has_happened: Callable[[Outcome], bool] = lambda _: True
    watch: Callable[[], None] = lambda: None
    mend: Callable[[], None] = lambda: None
    is_always_repeated: bool = False
    versions: list[bytes] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="cuts; the slower faults get a share of it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="the rows whose name has this in it")
    args = parser.parse_args()
    cells = [
        Cell(engine, task, fault, max(1, round(args.runs * share)), args.seed)
        for engine in ENGINES
        for task in ("pull", "push")
        for fault, share in SHARES.items()
    ]
    chosen = [cell for cell in cells if args.only in cell.name]
    if os.geteuid() != 0:
        tell("full: left out, mounting a small disk needs root")
        chosen = [cell for cell in chosen if cell.fault != "full"]
    rows: dict[Cell, list[str]] = {}
    with ProcessPoolExecutor(args.workers) as pool:
        working = {pool.submit(filled, cell): cell for cell in chosen}
        for done in as_completed(working):
            rows[working[done]] = done.result()
            tell("  ".join(done.result()))
    headings = ("fault", "runs", "first exit", "second exit", "identical", "false success", "wire / tree", "left", "s")
    title = f"{tree_bytes() / 1e6:.1f} MB at {RATE_BYTES_S // 10**6} MB/s, seed {args.seed}; wire: median and most"
    show(title, (*headings, "missed"), [rows[cell] for cell in chosen])
    return 0 if rows and not any(row[-1] for row in rows.values()) else 1


def filled(cell: Cell) -> list[str]:
    """Return the row of a cell; its last column names what missed its goal."""
    start_s = time.monotonic()
    with world(RATE_BYTES_S) as stage:
        (stage.here / "fabric.yaml").write_text(SETTINGS)
        trial = Trial(cell, stage)
        seen = [trial.run() for _ in range(cell.runs)]
    identical = sum(each.is_identical for each in seen)
    wrong = sum(each.is_claimed_wrongly for each in seen)
    left = sum(bool(each.litter) for each in seen)
    shares = [each.wire_share for each in seen]
    missed = {
        "identical": identical == cell.runs,
        "false success": not wrong,
        "left": not left,
        "fault": trial.happened == cell.runs,
    }
    return [
        cell.name,
        str(cell.runs),
        counted(each.first_exit for each in seen),
        counted(each.second_exit for each in seen if each.second_exit is not None),
        str(identical),
        str(wrong),
        f"{statistics.median(shares):.3f} {max(shares):.3f}",
        str(left),
        f"{time.monotonic() - start_s:.0f}",
        ", ".join(goal for goal, reached in missed.items() if not reached),
    ]


class Trial:
    """The copies of one cell, in one world; `happened` counts the faults that took place."""

    def __init__(self, cell: Cell, stage: World) -> None:
        self._cell = cell
        self._stage = stage
        self._chance = random.Random(f"{cell.seed} {cell.name}")  # noqa: S311 - to be repeated, not to be secret
        here, box = stage.here / "data", stage.box / "data"
        source, self._target = (box, here) if cell.task == "pull" else (here, box)
        self._tree = source / "tree"
        self._target.mkdir(parents=True)
        self.happened = 0
        make_tree(self._tree, self._chance)
        self._clean_s = self._copied(Fault()).seconds

    def run(self) -> Seen:
        """Copy into an empty target with the fault, and again where the first try failed."""
        for path in self._target.iterdir():
            shutil.rmtree(path)
        carried = self._carried()
        with getattr(self, f"_{self._cell.fault}")() as fault:
            fault.plan()
            first = self._copied(fault)
            self.happened += fault.has_happened(first)
            wrong = first.exit_code == 0 and not self._is_true(fault)
            fault.mend()
            second = self._copied(Fault()) if first.exit_code or fault.is_always_repeated else None
            same = self._is_same()
            left = litter(self._target)
        self._stage.link.drop_muted()
        return Seen(
            first.exit_code,
            wrong or (second is not None and second.exit_code == 0 and not same),
            None if second is None else second.exit_code,
            same,
            (self._carried() - carried) / tree_bytes(),
            left if same else [],
        )

    @contextlib.contextmanager
    def _cut(self) -> Iterator[Fault]:
        at = self._moment()
        yield Fault(lambda: self._stage.link.cut_at(at), lambda _: self._carried() >= at)

    @contextlib.contextmanager
    def _silence(self) -> Iterator[Fault]:
        at = self._moment()
        yield Fault(lambda: self._stage.link.silence_at(at), lambda _: self._carried() >= at)

    @contextlib.contextmanager
    def _kill(self) -> Iterator[Fault]:
        at_s = time.monotonic() + self._chance.uniform(0, self._clean_s)

        def watch() -> None:
            if self._stage.running and time.monotonic() >= at_s:
                self._stage.running.kill()

        yield Fault(has_happened=lambda first: first.exit_code == -signal.SIGKILL, watch=watch)

    @contextlib.contextmanager
    def _full(self) -> Iterator[Fault]:
        room = int(tree_bytes() * self._chance.uniform(0.2, 0.8))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", self._target], check=True)
        try:
            yield Fault(mend=lambda: self._free(tree_bytes() * 4))
        finally:
            subprocess.run(["umount", "--lazy", self._target], check=True)

    def _free(self, room: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={room}", self._target], check=True)

    @contextlib.contextmanager
    def _rewrite(self) -> Iterator[Fault]:
        large = self._tree / LARGE
        old, new = large.read_bytes(), self._chance.randbytes(LARGE_BYTES)
        at = self._moment()
        rewritten: list[int] = []

        def watch() -> None:
            if not rewritten and self._carried() >= at:
                rewritten.append(at)
                with large.open("r+b") as file:
                    file.write(new)

        yield Fault(has_happened=lambda _: bool(rewritten), watch=watch, is_always_repeated=True, versions=[old, new])

    def _copied(self, fault: Fault) -> Outcome:
        source = "data/tree"
        to = f"{self._target}/" if self._cell.task == "pull" else "data/"
        words = (f"--path={source}", f"--to={to}")
        return self._stage.copy(self._cell.engine, self._cell.task, *words, watch=fault.watch)

    def _is_true(self, fault: Fault) -> bool:
        """Whether everything is there; of a file that was rewritten, one of its versions as a whole."""
        if not fault.versions:
            return self._is_same()
        arrived = self._target / "tree" / LARGE
        return arrived.is_file() and arrived.read_bytes() in fault.versions

    def _is_same(self) -> bool:
        """Whether the trees are the same, what a copy keeps to go on from aside."""
        there = {name: what for name, what in described(self._target).items() if "-partial" not in name}
        wanted = described(self._tree.parent)
        # A directory changes its time with what is kept in it.
        return _without_times_of_directories(there) == _without_times_of_directories(wanted)

    def _carried(self) -> int:
        return self._stage.link.bytes_up + self._stage.link.bytes_down

    def _moment(self) -> int:
        """Return a random byte of the copy that is to come."""
        return self._carried() + self._chance.randrange(tree_bytes())


def make_tree(root: Path, chance: random.Random) -> None:
    sizes = {LARGE: LARGE_BYTES}
    sizes |= {f"step {number}/optimizer.bin": MIDDLE_BYTES for number in range(MIDDLE_FILES)}
    sizes |= {f"data/{number}.json": SMALL_BYTES for number in range(SMALL_FILES)}
    for name, size in sizes.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(chance.randbytes(size))
    (root / "latest").symlink_to("step 3")


def tree_bytes() -> int:
    return LARGE_BYTES + MIDDLE_FILES * MIDDLE_BYTES + SMALL_FILES * SMALL_BYTES


def _without_times_of_directories(found: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    return {name: (what[0],) if what[-1] is None else what for name, what in found.items()}


def counted(codes: Iterator[int]) -> str:
    """Return exit codes and how often each was seen: ``0*98 15*2``."""
    return " ".join(f"{code}*{times}" for code, times in sorted(Counter(codes).items())) or "-"


if __name__ == "__main__":
    sys.exit(main())
