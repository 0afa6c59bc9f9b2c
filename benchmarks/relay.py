"""
What a copy by way of a relay costs when the line to that is cut: bytes on the wire, in multiples of the data.

One real server and a bucket on loopback, with a link of a rate between the bucket and both ends. The cuts reset all
connections of that, at even distances.

    python -m benchmarks.relay [--mb 100] [--cuts 4] [--rate 20] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.world import show, tell
from demo.link import Link
from tests.conftest import lets_in
from tests.support.bucket import Bucket
from tests.support.person import Person
from tests.support.sshd import Sshd

HEADINGS = ("task", "cuts", "seconds", "stored, to the data", "fetched, to the data")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=100)
    parser.add_argument("--cuts", type=int, default=4)
    parser.add_argument("--rate", type=float, default=20, help="MB/s")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    size = int(args.mb * 1e6)
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        person = Person(place / "person")
        with Sshd(place / "sshd") as box, Bucket(place / "bucket") as bucket:
            lets_in(box, person)
            person.adds_alias("proj-1", box.port, box.user)
            (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
            for task in ("push", "pull"):
                source, target = (person.home, box.home) if task == "push" else (box.home, person.home)
                for cuts in sorted({0, args.cuts}):
                    found = []
                    for _ in range(args.rounds):
                        (source / "data").write_bytes(os.urandom(size))
                        shutil.rmtree(target / "to", ignore_errors=True)
                        found.append(_run(task, person, bucket, size, cuts=cuts, rate=args.rate))
                        if (target / "to" / "data").read_bytes() != (source / "data").read_bytes():
                            raise RuntimeError("it is not what was copied")
                        tell(f"{task} {cuts} {found[-1]}")
                    rows.append((task, cuts, *(f"{statistics.median(one):.2f}" for one in zip(*found, strict=True))))
    show(f"{args.mb:g} MB at {args.rate:g} MB/s, medians of {args.rounds}", HEADINGS, rows)


def _run(  # noqa: PLR0913 - what, by what, and how bad it is
    task: str, person: Person, bucket: Bucket, size: int, *, cuts: int, rate: float
) -> tuple[float, float, float]:
    """Return seconds, and how much was stored and fetched, to the data."""
    with Link(bucket.port, rate_bytes_s=int(rate * 1e6)) as link:
        (person.home / "fabric.yaml").write_text(bucket.settings.replace(str(bucket.port), str(link.port)))
        for number in range(cuts):
            # What is stored is fetched too.
            link.cut_at(int(2 * size * (number + 0.5) / cuts))
        start = time.monotonic()
        words = ("-H", "proj-1", f"transfer.{task}", "--path=data", "--to=to/", "--via=lab")
        said = person.types("fab", *words, env=bucket.environment)
        seconds = time.monotonic() - start
        if said.exit_code or bucket.objects:
            raise RuntimeError(said.stderr)
        return seconds, link.bytes_up / size, link.bytes_down / size


if __name__ == "__main__":
    main()
