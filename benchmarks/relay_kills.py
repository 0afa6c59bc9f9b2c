"""
Copies by way of a relay that are stopped at moments from their beginning to their end, and run again.

By `kill -9`, or by a reset of all links, of that to the box and that to the bucket. The second run must end well, with
what was to be copied there and nothing left in the bucket. One real server and a bucket on loopback; pushes and pulls
take turns.

    python -m benchmarks.relay_kills [--moments 20] [--mb 8] [--by kill,reset]
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.world import show, tell
from demo.link import Link
from tests.conftest import lets_in
from tests.support.bucket import Bucket
from tests.support.person import Person
from tests.support.sshd import Sshd

HEADINGS = ("stopped by", "moments", "first run ended", "second run identical", "bucket empty")
RATE_BYTES_S = 8_000_000


@dataclass(frozen=True)
class Stage:
    """Who copies, and between what; both links are of one rate."""

    person: Person
    box: Sshd
    bucket: Bucket
    links: tuple[Link, Link]

    def words(self, task: str) -> tuple[str, ...]:
        """Return what is typed."""
        return ("-H", "proj-1", f"transfer.{task}", "--path=data", "--to=to/", "--via=lab")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--mb", type=float, default=8)
    parser.add_argument("--by", default="kill,reset")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        person = Person(place / "person")
        with (
            Sshd(place / "sshd") as box,
            Bucket(place / "bucket") as bucket,
            Link(box.port) as to_box,
            Link(bucket.port, rate_bytes_s=RATE_BYTES_S) as to_bucket,
        ):
            lets_in(box, person)
            person.adds_alias("proj-1", to_box.port, box.user)
            (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
            settings = bucket.settings.replace(str(bucket.port), str(to_bucket.port))
            (person.home / "fabric.yaml").write_text(settings)
            stage = Stage(person, box, bucket, (to_box, to_bucket))
            whole_s = {task: _run(stage, task, int(args.mb * 1e6), "", 0)[1] for task in ("push", "pull")}
            tell(f"a whole run: {whole_s}")
            for how in args.by.split(","):
                found: Counter[str] = Counter()
                for moment in range(args.moments):
                    task = ("push", "pull")[moment % 2]
                    after_s = whole_s[task] * (moment + 0.5) / args.moments
                    said, _ = _run(stage, task, int(args.mb * 1e6), how, after_s)
                    found.update(said)
                    tell(f"{how} {task} after {after_s:.2f} s: {said}")
                rows.append((how, args.moments, found["first"], found["identical"], found["empty"]))
    show(f"{args.mb:g} MB", HEADINGS, rows)


def _run(stage: Stage, task: str, size: int, how: str, after_s: float) -> tuple[list[str], float]:
    """Stop it so late, if it is stopped, and run it again; return what holds, and how long the first run took."""
    homes = (stage.person.home, stage.box.home)
    source, target = homes if task == "push" else homes[::-1]
    (source / "data").write_bytes(os.urandom(size))
    shutil.rmtree(target / "to", ignore_errors=True)
    start = time.monotonic()
    running = stage.person.starts("fab", *stage.words(task), env=stage.bucket.environment)
    if how:
        time.sleep(after_s)
        if how == "reset":
            for link in stage.links:
                link.cut()
        else:
            running.send_signal(signal.SIGKILL)
    _, stderr = running.communicate()
    seconds = time.monotonic() - start
    said = ["first"] if running.returncode == 0 else []
    again = stage.person.types("fab", *stage.words(task), env=stage.bucket.environment)
    if again.exit_code:
        tell(stderr + again.stderr)
    if again.exit_code == 0 and (target / "to" / "data").read_bytes() == (source / "data").read_bytes():
        said.append("identical")
    if not stage.bucket.objects and [path.name for path in (target / "to").iterdir()] == ["data"]:
        said.append("empty")
    return said, seconds


if __name__ == "__main__":
    main()
