"""
`config.verify` of many aliases that lead to few servers: `python -m benchmarks.verify_thousand`.

Goal: 1,000 aliases over 50 servers on loopback take at most 30 s, and our process 200 MB. Both ends of every login are
on this machine, so what its processors did is told too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stream_memory import peak_bytes
from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL_S, GOAL_MB = 30, 200
POLL_S = 0.1
AT_ONCE = 8  # as many as we let log in to one host


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--aliases", type=int, default=1000)
    reads.add_argument("--servers", type=int, default=50)
    given = reads.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name, contextlib.ExitStack() as stack:
        person = Person(Path(name) / "you")
        places = [Path(name) / f"box-{number}" for number in range(given.servers)]
        for place in places:
            place.mkdir()
        boxes = [stack.enter_context(Sshd(place, extra="LogLevel INFO")) for place in places]
        aliases = lead(person, boxes, given.aliases)
        yardstick_s = bare(person, aliases)
        seconds, peak_mb, cpu_s = verified(person, Path(name) / "said", aliases)
    cores = os.cpu_count() or 1
    print(f"{given.aliases} aliases of {given.servers} servers: {seconds:.1f} s (goal {GOAL_S})")
    print(f"as many bare `ssh ALIAS true`, {AT_ONCE} at once: {yardstick_s:.1f} s")
    print(f"our process {peak_mb:.0f} MB at most (goal {GOAL_MB})")
    print(f"both ends' processor time {cpu_s:.1f} s, {cpu_s / seconds / cores:.0%} of {cores} cores")
    sys.exit(seconds > GOAL_S or peak_mb > GOAL_MB)


def lead(person: Person, boxes: Sequence[Sshd], count: int) -> list[str]:
    """Let the person in everywhere, and return the names by which they know the boxes."""
    config, names = [], [f"proj-{number}" for number in range(count)]
    for number, box in enumerate(boxes):
        lets_in(box, person)
        person.adds_alias("proj-0", box.port, box.user)
        block = (person.ssh / "config").read_text()
        (person.ssh / "config").unlink()
        config += [re.sub(r"\bproj-0\b", name, block) for name in names[number :: len(boxes)]]
    (person.ssh / "config").write_text("".join(config))
    pins = [f"{name} {boxes[number % len(boxes)].host_key_line}\n" for number, name in enumerate(names)]
    (person.ssh / "known_hosts").write_text("".join(pins))
    return names


def bare(person: Person, names: Sequence[str]) -> float:
    """Return the seconds that as many plain `ssh` take, each of which runs nothing."""
    ssh = f"ssh -F {person.ssh / 'config'} -o UserKnownHostsFile={person.ssh / 'known_hosts'} {{}} true"
    start_s = time.monotonic()
    argv = ["xargs", "-P", str(AT_ONCE), "-I{}", *ssh.split()]
    subprocess.run(argv, input="\n".join(names), text=True, env=person.environment, check=True)
    return time.monotonic() - start_s


def verified(person: Person, said: Path, names: Sequence[str]) -> tuple[float, float, float]:
    """Verify all, and return the seconds, the most memory in MB, and both ends' seconds of processor time."""
    start_s, before_s, peak = time.monotonic(), busy_s(), 0
    with said.open("w+") as output:
        argv = person.argv("fab", "-H", "proj-*", "config.verify", "--json")
        ours = subprocess.Popen(argv, cwd=person.home, env=person.environment, stdout=output, stderr=output)
        while ours.poll() is None:
            peak = max(peak, peak_bytes(ours.pid))
            time.sleep(POLL_S)
        seconds = time.monotonic() - start_s
        output.seek(0)
        text = output.read()
    if ours.returncode or not all(f'"{name}"' in text for name in names):
        raise SystemExit(text[-2000:])
    return seconds, peak / 1e6, busy_s() - before_s


def busy_s() -> float:
    """Return the processor time that all programs of this machine have taken since it was started."""
    user, nice, system, *_ = Path("/proc/stat").read_text().split()[1:]
    return sum(map(int, (user, nice, system))) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
