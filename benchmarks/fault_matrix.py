"""
The fault matrix: 64 MiB of random bytes over a link of 12 MB/s, with one fault at 40 %.

*reset*: the transfer's sshd is killed. *rxkill*, *rxterm*: the box's rsyncs are. *address*: what is connected is mute
for ever, new connections work. *black-out*: everything is mute for 20 s. *ghost*: as *address*, of a push; the ghost
must end before the next attempt. After every copy what is still mute is dropped, and the file looked at once more.

    python -m benchmarks.fault_matrix [--only push/reset]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.world import POLL_S, Outcome, World, show, tell, world

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE_BYTES = 64 << 20
RATE_BYTES_S = 12_000_000
FAULT_AT = 0.4
BLACK_OUT_S = 20
GHOST_ENDS_S = 15

MOST_WIRE = 1.05
NAME = "weights.bin"


class Case(NamedTuple):
    task: str
    fault: str
    old_version: bool = False

    @property
    def name(self) -> str:
        return f"{self.task}/{self.fault}" + ("/old" if self.old_version else "")


CASES = [
    Case(task, fault) for task in ("pull", "push") for fault in ("reset", "rxkill", "rxterm", "address", "black-out")
]
CASES += [Case("pull", "reset", old_version=True), Case("push", "reset", old_version=True)]
CASES += [Case("push", "ghost"), Case("push", "ghost", old_version=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the cases whose name has this in it")
    only = parser.parse_args().only
    rows = []
    for case in CASES:
        if only in case.name:
            with world(RATE_BYTES_S) as stage:
                rows.append(judged(case, Run(case, stage)))
                tell(" ".join(rows[-1]))
    headings = ("case", "exit", "attempts", "wire / file", "final name", "content", "after ghost", "ghost", "left")
    title = f"{SIZE_BYTES >> 20} MiB, {RATE_BYTES_S // 10**6} MB/s, fault at {FAULT_AT:.0%}; goal: wire <= {MOST_WIRE}"
    show(title, (*headings, "s", "missed"), rows)
    return 1 if not rows or any(row[-1] for row in rows) else 0


@dataclass
class Run:
    """One copy with its fault, and what was seen of it."""

    case: Case
    stage: World
    outcome: Outcome = field(init=False)
    final_names: list[str] = field(default_factory=list)
    old_servers: set[int] = field(default_factory=set)
    ghost: str = "-"
    fault_at_s: float = 0

    def __post_init__(self) -> None:
        here, box = self.stage.here / "data", self.stage.box / "data"
        source, self.target = (box, here) if self.case.task == "pull" else (here, box)
        source.mkdir()
        self.target.mkdir()
        (source / NAME).write_bytes(os.urandom(SIZE_BYTES))
        self.digest = digest(source / NAME)
        self.known: dict[tuple[int, ...] | None, str] = {None: "none"}
        if self.case.old_version:
            (self.target / NAME).write_bytes(os.urandom(SIZE_BYTES))
            os.utime(self.target / NAME, (1_600_000_000, 1_600_000_000))
            self.known[self._state()] = "old"
        self.fault_bytes = self._carried() + int(SIZE_BYTES * FAULT_AT)
        to = f"{self.target}/" if self.case.task == "pull" else "data/"
        path = f"data/{NAME}"
        self.outcome = self.stage.fab(f"transfer.{self.case.task}", f"--path={path}", f"--to={to}", watch=self._watch)
        tell(self.outcome.stderr)
        self.content = self._content()
        if self.ghost == "-" and self.old_servers & self.stage.servers():
            self.ghost = "outlives"
        self.stage.link.drop_muted()
        deadline_s = time.monotonic() + GHOST_ENDS_S
        while self.old_servers & self.stage.servers() and time.monotonic() < deadline_s:
            time.sleep(POLL_S)
        self.later = self._content()
        self.left = [*self.stage.leftovers(), *litter(self.stage)]

    def _watch(self) -> None:
        """Look at the final name; bring the fault about in its moment, and end it."""
        state = self._state()
        if state not in self.known:
            self.known[state] = "new" if self._content() == "same" else "HALF"
        seen = self.known[state]
        if self.final_names[-1:] != [seen]:
            self.final_names.append(seen)
        if not self.fault_at_s and self._carried() >= self.fault_bytes:
            self.fault_at_s = time.monotonic()
            self.old_servers = self.stage.servers()
            FAULTS[self.case.fault](self.stage)
        elif self.fault_at_s and self.case.fault == "black-out":
            if time.monotonic() - self.fault_at_s >= BLACK_OUT_S:
                self.stage.link.restore()
        elif self.fault_at_s and (servers := self.stage.servers()) - self.old_servers:
            # The next attempt is under way: is the last one still there?
            self.ghost = "BESIDE" if self.ghost == "BESIDE" or servers & self.old_servers else "ended before"

    def _carried(self) -> int:
        return self.stage.link.bytes_up + self.stage.link.bytes_down

    def _state(self) -> tuple[int, ...] | None:
        with contextlib.suppress(FileNotFoundError):
            status = (self.target / NAME).stat()
            return (status.st_ino, status.st_size, status.st_mtime_ns)
        return None

    def _content(self) -> str:
        path = self.target / NAME
        return "none" if not path.exists() else "same" if digest(path) == self.digest else "DIFFERENT"


def reset(stage: World) -> None:
    """Kill the sshd over the transfer's rsync; the person's own connection stays."""
    for session in {sshd_over(server) for server in stage.servers()}:
        os.kill(session, signal.SIGKILL)


def receiver_killed(stage: World) -> None:
    """Kill the box's rsyncs."""
    for server in stage.servers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def receiver_ended(stage: World) -> None:
    """End the box's rsyncs politely, as a box does that shuts down."""
    for server in stage.servers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGTERM)


FAULTS: dict[str, Callable[[World], None]] = {
    "reset": reset,
    "rxkill": receiver_killed,
    "rxterm": receiver_ended,
    "address": lambda stage: stage.link.silence_open(),
    "ghost": lambda stage: stage.link.silence_open(),
    "black-out": lambda stage: stage.link.silence(),
}


def judged(case: Case, run: Run) -> list[str]:
    """Return a row of the table; its last cell names what missed its goal."""
    outcome = run.outcome
    wire = outcome.wire_bytes / SIZE_BYTES
    states = run.final_names
    good = {
        "exit": outcome.exit_code == 0,
        "fault": bool(run.fault_at_s),
        "wire": wire <= MOST_WIRE,
        "final name": not {"HALF"} & set(states),
        "content": (run.content, run.later) == ("same", "same"),
        # A sender that is left behind can't harm the file that a pull writes.
        "ghost": case.task == "pull" or run.ghost not in {"BESIDE", "outlives"},
        "left": not run.left,
    }
    return [
        case.name,
        str(outcome.exit_code),
        str(outcome.result.get("attempts", "-")),
        f"{wire:.4f}",
        ", ".join(states),
        run.content,
        run.later,
        run.ghost,
        "; ".join(run.left) or "nothing",
        f"{outcome.seconds:.0f}",
        ", ".join(goal for goal, reached in good.items() if not reached),
    ]


def sshd_over(pid: int) -> int:
    """Return the nearest process above `pid` that is an sshd."""
    while not (name := Path(f"/proc/{pid}/comm").read_text()).startswith("sshd"):
        # The parent is the second field behind the name, which stands in parentheses: proc(5).
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if pid <= 1:
            raise RuntimeError(f"no sshd is over {name}")
    return pid


def litter(stage: World) -> list[str]:
    """Return what lies around besides the two files."""
    places = (stage.here / "data", stage.box / "data")
    return [
        str(path.relative_to(stage.box.parent.parent))
        for place in places
        for path in place.rglob("*")
        if path.name != NAME
    ]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
