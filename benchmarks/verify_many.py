"""
`config.verify` over 50 boxes against one box: `python -m benchmarks.verify_many`.

Goal: 50 living boxes take at most 4 times the wall time of one. With three dead ones among them (a refused port, a port
without a banner, a key that is not let in) the whole lasts as long as the login timeout, 2 s here, of the mute one.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.sshd import Sshd

RUNS = 3
BOXES = 50
GOAL = 4.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        person = Person(place / "you")
        for directory in ("box", "strange"):
            (place / directory).mkdir()
        (person.home / "invoke.yaml").write_text("ssh_keys: {login_timeout_s: 2}\n")
        with (
            Sshd(place / "box") as box,
            Sshd(place / "strange") as strange,
            socket.create_server(("127.0.0.1", 0)) as mute,
        ):
            lets_in(box, person)
            for number in range(1, BOXES + 1):
                person.adds_alias(f"proj-{number}", box.port, box.user)
            person.adds_alias("dead-1", 1)
            person.adds_alias("dead-2", mute.getsockname()[1])
            person.adds_alias("dead-3", strange.port, strange.user)
            person.types("inv", "config.verify", "--on=proj-*")

            one = statistics.median(_seconds(person, "proj-1") for _ in range(RUNS))
            living = statistics.median(_seconds(person, "proj-*") for _ in range(RUNS))
            every = statistics.median(_seconds(person, "proj-*,dead-*") for _ in range(RUNS))
            print(person.types("inv", "config.verify", "--on=proj-1,proj-2,dead-*").stdout)
    print(f"one box {one:.2f} s; {BOXES} living {living:.2f} s; {BOXES + 3} with three dead {every:.2f} s")
    print(f"ratio {living / one:.1f} living, {every / one:.1f} with the dead (goal {GOAL} for the living)")
    sys.exit(living / one > GOAL)


def _seconds(person: Person, on: str) -> float:
    start = time.monotonic()
    person.types("inv", "config.verify", "--on", on)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
