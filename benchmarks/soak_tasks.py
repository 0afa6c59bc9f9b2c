"""
Every kind of task, many times, each struck at a random moment: what is left at either end, and how long an end takes.

A strike is Ctrl-C, SIGTERM or SIGKILL for us, a reset of the link, or none. After each run nothing of it may be left
within `SETTLED_WITHIN_S`: no process here or on the box, no session, no file in our temporary directory.

    python -m benchmarks.soak_tasks [--runs 300] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from benchmarks.world import show, tell
from demo.link import Link
from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.processes import programs_of
from tests.support.sshd import Sshd

TASKS = (
    ("keys.check",),
    ("keys.list",),
    ("secrets.push", "K", "--file=secret", "--whole"),
    ("secrets.list",),
    ("hygiene.stop", "no-such-program"),
    ("hygiene.audit",),
    ("config.verify",),
    ("config.doctor",),
    ("transfer.pull", "--path=tree/", "--to=to"),
    ("transfer.pull", "--path=tree/", "--to=by-sftp", "--engine=sftp"),
    ("transfer.push", "--path=mine/", "--to=up"),
    ("transfer.pull", "--path=tree/", "--to=over", "--streams=3"),
    ("transfer.verify", "--path=tree/", "--to=to"),
    ("transfer.get", "--path=tree/0", "--to=got"),
    ("keys.check", "transfer.pull", "--path=tree/", "--to=to", "secrets.list"),
)
STRIKES = ("none", "Ctrl-C", "TERM", "KILL", "reset")
SIGNALS = {"Ctrl-C": signal.SIGINT, "TERM": signal.SIGTERM, "KILL": signal.SIGKILL}
LATEST_S, ENDS_WITHIN_S, WHOLE_WITHIN_S, SETTLED_WITHIN_S, POLL_S = 1.8, 5, 60, 10, 0.05


class Stage(NamedTuple):
    """A person, a box, and the link between them."""

    person: Person
    box: Sshd
    link: Link

    @property
    def temporary(self) -> Path:
        return self.person.home / "tmp"

    def left(self) -> list[str]:
        """Return what is there of a run that has ended."""
        programs = [*programs_of(self.person.home).values(), *programs_of(self.box.home).values()]
        sessions = [f"session {pid}" for pid in self.box.sessions()]
        return [*(str(program[:150]) for program in programs), *sessions, *map(str, self.temporary.iterdir())]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)  # noqa: S311 - no secret
    seen: Counter[str] = Counter()
    longest_s: dict[str, float] = dict.fromkeys(STRIKES, 0.0)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        Sshd(_made(Path(name, "box"))) as box,
        Link(box.port) as link,
    ):
        stage = Stage(_person(Path(name), box, link), box, link)
        # What is compared is there, whatever strikes the pulls to come.
        struck(stage, ("transfer.pull", "--path=tree/", "--to=to"), "none", 0)
        for number in range(args.runs):
            words, strike = TASKS[number % len(TASKS)], chance.choice(STRIKES)
            ended_s, faults = struck(stage, words, strike, chance.uniform(0.2, LATEST_S))
            longest_s[strike] = max(longest_s[strike], ended_s)
            seen[strike] += 1
            for fault in faults:
                seen[fault.partition(":")[0]] += 1
                tell(f"{number}: {' '.join(words)}, {strike}: {fault}")
    bad = [fault for fault in ("too long", "left", "failed") if seen[fault]]
    rows = [(f"struck by {one}", seen[one], f"{longest_s[one]:.1f} s") for one in STRIKES]
    show(f"{args.runs} runs", ("what", "seen", "longest"), [*rows, *((one, seen[one], "missed") for one in bad)])
    return 1 if bad else 0


def struck(stage: Stage, words: tuple[str, ...], strike: str, after_s: float) -> tuple[float, list[str]]:
    """Run one and strike it; return how long it took to end from then on, and what was wrong."""
    person = stage.person
    start_s = time.monotonic()
    process = subprocess.Popen(
        person.argv("fab", "-H", "proj-1", *words),
        cwd=person.home,
        env=person.environment | {"TMPDIR": str(stage.temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    faults = []
    if strike != "none":
        _wait(process, after_s)
        if process.poll() is None:
            start_s = time.monotonic()
            stage.link.cut() if strike == "reset" else process.send_signal(SIGNALS[strike])
    limit_s = ENDS_WITHIN_S if strike in SIGNALS else WHOLE_WITHIN_S
    if not _wait(process, limit_s):
        faults.append(f"too long: it has not ended after {limit_s} s")
        process.kill()
    ended_s = time.monotonic() - start_s
    said = process.communicate()[1].decode("utf-8", "replace")
    if strike == "none" and process.returncode:
        faults.append(f"failed: {said}")
    until_s = time.monotonic() + SETTLED_WITHIN_S
    while (left := stage.left()) and time.monotonic() < until_s:
        time.sleep(POLL_S)
    # Told once.
    for path in stage.temporary.iterdir():
        if path.is_dir():
            left += [f"{path.name}/{below.name}" for below in path.iterdir()]
            shutil.rmtree(path)
        else:
            path.unlink()
    return ended_s, [*faults, *(f"left: {what}" for what in left)]


def _wait(process: subprocess.Popen[bytes], longest_s: float) -> bool:
    try:
        process.wait(longest_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


def _person(place: Path, box: Sshd, link: Link) -> Person:
    person = Person(place / "you")
    lets_in(box, person)
    person.adds_alias("proj-1", link.port, box.user)
    (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
    (person.home / "secret").write_text("s3cret")
    (person.home / "fabric.yaml").write_text("transfer: {streams_grace_s: 2, keepalive_s: 2, keepalive_misses: 1}\n")
    for directory in (box.home / "tree", person.home / "mine"):
        directory.mkdir()
        for number in range(20):
            (directory / str(number)).write_bytes(os.urandom(100_000))
    (person.home / "tmp").mkdir()
    return person


if __name__ == "__main__":
    sys.exit(main())
