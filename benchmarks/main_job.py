"""
The main job: a checkpoint tree of 2 GB pulled, and pushed back, through a link that is cut ten times and once mute.

For each direction: whether both ends are the same at the end, what crossed the wire for it, and the longest wait.

    python -m benchmarks.main_job [--seed 1] [--gigabytes 2]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.world import show, tell, world
from ssh_transport.settings import TransferSettings
from tests.support import trees

if TYPE_CHECKING:
    from benchmarks.world import Outcome, World

CUTS = 10
SMALL_FILES = 5000
SMALL_BYTES = 30_000
CHUNK_BYTES = 1 << 20

MOST_WIRE = 1.05
MOST_MISCOUNT = 0.02
# The silence that is borne, the first backoff (at most a second), and two logins.
LONGEST_WAIT_S = TransferSettings().silence_s + 1 + 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gigabytes", type=float, default=2)
    args = parser.parse_args()
    chance = random.Random(args.seed)  # noqa: S311 - to be repeated, not to be secret
    with world() as stage:
        tree = stage.box / "run 7"
        total = make_tree(tree, int(args.gigabytes * 1e9), chance)
        rows = []
        wanted = described(tree)
        for task, flags, target in (
            ("pull", ("--path=run 7", "--to=got/"), stage.here / "got/run 7"),
            ("push", ("--path=got/run 7", "--to=back"), stage.box / "back/run 7"),
        ):
            plan_faults(stage, total, chance)
            outcome = stage.fab(f"transfer.{task}", *flags)
            tell(outcome.stderr)
            rows.append(judged(task, outcome, total, compared(wanted, target), stage.leftovers()))
    headings = ("goal", "pull", "push", "bound")
    title = f"{total / 1e9:.2f} GB in {len(wanted)} entries, {CUTS} cuts, 1 silence, seed {args.seed}"
    show(title, headings, list(zip(*([cell for cell, _ in row] for row in (GOALS, *rows, BOUNDS)), strict=True)))
    return 0 if all(good for row in rows for _, good in row) else 1


GOALS = [
    (name, True)
    for name in (
        "exit code",
        "differences",
        "left behind",
        "wire / tree",
        "longest wait",
        "counted / wire",
        "attempts",
        "seconds",
        "missed",
    )
]
BOUNDS = [
    (bound, True)
    for bound in ("0", "none", "none", f"<= {MOST_WIRE}", f"<= {LONGEST_WAIT_S} s", f"1 +- {MOST_MISCOUNT}", "", "", "")
]


def judged(
    task: str, outcome: Outcome, total: int, differences: list[str], leftovers: list[str]
) -> list[tuple[str, bool]]:
    """Return a cell and whether it is good, for every goal."""
    wire = outcome.wire_bytes / total
    counted = outcome.result.get("wire_bytes", 0) / max(1, outcome.wire_bytes)
    for text in (*differences[:20], *leftovers):
        tell(f"{task}: {text}")
    cells = [
        (f"{outcome.exit_code}", outcome.exit_code == 0),
        (f"{len(differences)}", not differences),
        (f"{len(leftovers)}", not leftovers),
        (f"{wire:.4f}", wire <= MOST_WIRE),
        (f"{outcome.longest_wait_s:.1f} s", outcome.longest_wait_s <= LONGEST_WAIT_S),
        (f"{counted:.4f}", abs(counted - 1) <= MOST_MISCOUNT),
        (f"{outcome.result.get('attempts', '-')}", True),
        (f"{outcome.seconds:.0f}", True),
    ]
    return [*cells, (", ".join(goal for (goal, _), (_, good) in zip(GOALS, cells, strict=False) if not good), True)]


def plan_faults(stage: World, total: int, chance: random.Random) -> None:
    """Let the link fail at random bytes of what is to come."""
    carried = stage.link.bytes_up + stage.link.bytes_down
    first, *others = (carried + int(total * chance.uniform(0.01, 0.99)) for _ in range(CUTS + 1))
    stage.link.silence_at(first)
    for point in others:
        stage.link.cut_at(point)


def make_tree(root: Path, total: int, chance: random.Random) -> int:
    """Make a checkpoint tree of at least `total` bytes and return what it has."""
    trees.make_tree(root / "odd names")
    Path(os.fsdecode(os.fsencode(root) + b"/odd names/latin-1 \xe9")).write_text("not UTF-8")
    sizes = {"step 1000/model.safetensors": total // 2}
    while (made := sum(sizes.values())) < total:
        sizes[f"step 1000/shard-{len(sizes)}.bin"] = min(int(total * chance.uniform(0.05, 0.15)), total - made)
    sizes |= {f"dataset/{number}.json": chance.randrange(SMALL_BYTES) for number in range(SMALL_FILES)}
    for name, size in sizes.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            for start in range(0, size, CHUNK_BYTES):
                file.write(chance.randbytes(min(CHUNK_BYTES, size - start)))
        path.chmod(chance.choice((0o644, 0o600, 0o640, 0o755)))
    (root / "latest").symlink_to("step 1000")
    return sum(sizes.values())


def described(root: Path) -> dict[str, tuple[object, ...]]:
    """Return kind, mode, time in nanoseconds and content of everything from `root` on."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            content = path.readlink()
        elif stat.S_ISREG(status.st_mode):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "blake2b").hexdigest()
        found[str(path.relative_to(root))] = (oct(status.st_mode), status.st_mtime_ns, content)
    return found


def compared(wanted: dict[str, tuple[object, ...]], target: Path) -> list[str]:
    """Return a line for every entry that differs."""
    found = described(target) if target.exists() else {}
    pairs = {name: (wanted.get(name), found.get(name)) for name in sorted(wanted.keys() | found.keys())}
    return [f"{name!a}: {theirs} / {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours]


if __name__ == "__main__":
    sys.exit(main())
