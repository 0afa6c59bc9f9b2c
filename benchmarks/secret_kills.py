"""
Whether a secret survives its push: killed with SIGKILL at moments all over its way, each time over an old value.

Afterwards the old value or the new one is there, whole and private, nothing that others can read holds any of it, and
the next push puts everything right. Exit code 1 if not. Each way into the box and each kind of file takes its turn.

    python -m benchmarks.secret_kills [--runs 50]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.world import show, tell
from tests.conftest import lets_in
from tests.support.killed_pushes import KINDS, WAYS, KilledPushes, without_sftp
from tests.support.person import Person
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from tests.support.killed_pushes import Kind, Seen

_HEADINGS = ("way", "kind", "kills", "too late", "old there", "new there", "files left", "violations")
# The last moments are those after the end of a fast push.
_SPAN = 1.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    runs = parser.parse_args().runs
    courses = [(way, kind) for way in WAYS for kind in KINDS.values()]
    rows, wrong = [], []
    for number, (way, kind) in enumerate(courses):
        seen = killed(way, kind, runs // len(courses) + (number < runs % len(courses)))
        wrong += [f"{way}, {kind.name}: {fault}" for one in seen for fault in one.wrong]
        rows.append(row(way, kind, seen))
    show(f"secrets.push killed, {runs} runs", _HEADINGS, rows)
    for fault in wrong:
        tell(fault)
    return 1 if wrong else 0


def killed(way: str, kind: Kind, runs: int) -> list[Seen]:
    """Kill so many pushes, each in another part of their time."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name, Sshd(Path(name) / "sshd") as sshd:
        person = Person(Path(name) / "person")
        lets_in(sshd, person)
        person.adds_alias("box-1", sshd.port, sshd.user)
        (person.ssh / "known_hosts").write_text(f"box-1 {sshd.host_key_line}\n")
        if way == "exec":
            without_sftp(sshd)
        pushes = KilledPushes(person, sshd, "box-1", kind)
        # The shortest of a few: what delays one push is not on the way of the next.
        span_s = min(pushes.span_s() for _ in range(3)) * _SPAN
        found = []
        for number in range(runs):
            moment_s = (number + random.random()) / runs * span_s  # noqa: S311 - no cryptography
            found.append(pushes.kill_after(moment_s))
            tell(f"{way}, {kind.name}: killed after {moment_s:.3f} s: {found[-1]}")
        return found


def row(way: str, kind: Kind, seen: list[Seen]) -> tuple[object, ...]:
    """Return a row of the table."""
    return (
        way,
        kind.name,
        len(seen),
        sum(one.finished for one in seen),
        sum(one.is_new is False for one in seen),
        sum(one.is_new is True for one in seen),
        sum(one.left for one in seen),
        sum(len(one.wrong) for one in seen),
    )


if __name__ == "__main__":
    raise SystemExit(main())
