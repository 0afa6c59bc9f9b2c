"""
Many boxes at once against as many `rsync -a` at once, and against one box after another:

    python -m benchmarks.fleet [--boxes 10] [--megabytes 40] [--path 80/20/0] [--jobs 16] [--near] [--at-once-only]

The boxes are real sshds at the far end of one path, so that the person's uplink is what they share. `--near` has none
between: boxes on loopback. Goals: a push by `--jobs` takes at most 1.05 times as long as the rsyncs do over a path, at
most 1.15 times on loopback. Besides, but with `--at-once-only`: one box after another, three tasks in one line for all
boxes, the same for one box after the other, and each of them in a line of its own for each box. Our modules are
compiled before, as an installer does.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.bad_path import FAR_ADDRESS, PathSpec, bad_path, inside
from ssh_transport.operations.alias import AliasSettings, ensure_alias
from ssh_transport.platforms.endpoint import Endpoint
from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.sshd import Sshd

from .world import show, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOAL, GOAL_NEAR = 1.05, 1.15
CHAIN = ("keys.check", "secrets.list", "keys.list")


class Taken(NamedTuple):
    """What a command took; `cpu_s` is that of this end, and tells of a busy machine's share too."""

    seconds: float
    cpu_s: float


class Fleet:
    """A person and their boxes."""

    def __init__(self, place: Path, count: int, address: str, enter: Callable[[Sshd], Sshd], far: str) -> None:
        self.person = Person(place / "person")
        self.boxes: dict[str, Sshd] = {}
        style = AliasSettings(
            identity=str(self.person.identity), keepalive_s=60, keepalive_misses=120, platform="generic"
        )
        for number in range(1, count + 1):
            name = f"box-{number}"
            with inside(far) if far else contextlib.nullcontext():
                box = enter(Sshd(place / name, extra=f"ListenAddress {address}\nLogLevel INFO\nUseDNS no\n"))
            lets_in(box, self.person)
            ensure_alias(self.person.files, name, Endpoint(host=address, user=box.user, port=box.port), style)
            with (self.person.ssh / "known_hosts").open("a") as known:
                known.write(f"{name} {box.host_key_line}\n")
            self.boxes[name] = box

    def ours(self, jobs: int, *words: str) -> list[str]:
        """Return the words of ours for all boxes."""
        return self.person.argv("fab", "-H", ",".join(self.boxes), f"--jobs={jobs}", *words)

    def rsyncs(self, jobs: int) -> list[str]:
        """Return the words of so many rsyncs at once, one for each box."""
        ssh = f"ssh -F {shlex.quote(str(self.person.ssh / 'config'))}"
        call = f"rsync -a -e {shlex.quote(ssh)} data {{}}:"
        return ["sh", "-c", f"printf '%s\\n' {' '.join(self.boxes)} | xargs -P {jobs} -I{{}} {call}"]

    def arrived(self, size_bytes: int) -> None:
        """Check that all have it, and take it away."""
        for name, box in self.boxes.items():
            if (box.home / "data" / "file").stat().st_size != size_bytes:
                raise RuntimeError(f"{name} lacks something")
            shutil.rmtree(box.home / "data")


@contextlib.contextmanager
def stage(count: int, spec: PathSpec | None) -> Iterator[tuple[Fleet, Callable[[list[str]], Taken]]]:
    """Yield boxes, and what runs a command of the person's to its end and returns what it took."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name, contextlib.ExitStack() as stack:
        path = stack.enter_context(bad_path(spec)) if spec else None
        far, address = (path.far, FAR_ADDRESS) if path else ("", "127.0.0.1")
        fleet = Fleet(Path(name), count, address, stack.enter_context, far)
        environment = {name: value for name, value in fleet.person.environment.items() if not name.startswith("PYTHON")}

        def run(argv: list[str]) -> Taken:
            with inside(path.near) if path else contextlib.nullcontext():
                start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(
                    argv,
                    cwd=fleet.person.home,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=True,
                )
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
                return Taken(time.monotonic() - start, cpu_s)

        yield fleet, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=10)
    parser.add_argument("--megabytes", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--path", type=PathSpec.parse, default=PathSpec.parse("80/20/0"), metavar="MBIT/RTT/LOSS")
    parser.add_argument("--near", action="store_true")
    parser.add_argument("--at-once-only", action="store_true")
    args = parser.parse_args()
    for place in ("src", "tasks"):
        compileall.compile_dir(Path(__file__).resolve().parents[1] / place, quiet=2)
    size_bytes, push = args.megabytes * 1_000_000, ("transfer.push", "--path=./data", "--to=./")
    with stage(args.boxes, None if args.near else args.path) as (fleet, run):
        data = fleet.person.home / "data"
        data.mkdir()
        (data / "file").write_bytes(os.urandom(size_bytes))
        run(fleet.ours(args.jobs, "keys.check"))
        # A machine prepares the rules of tokens once.
        (fleet.person.home / "little").write_text("x")
        run(fleet.person.argv("fab", "-H", next(iter(fleet.boxes)), "transfer.push", "--path=./little", "--to=./"))
        taken: dict[str, Taken] = {}
        copies = {
            f"rsync -a, {args.jobs} at once": fleet.rsyncs(args.jobs),
            f"ours, --jobs={args.jobs}": fleet.ours(args.jobs, *push),
            **({} if args.at_once_only else {"ours, --jobs=1": fleet.ours(1, *push)}),
        }
        for name, argv in copies.items():
            tell(name)
            taken[name] = run(argv)
            fleet.arrived(size_bytes)
        if not args.at_once_only:
            taken.update(chained(fleet, run, args.jobs))
    where = "loopback" if args.near else str(args.path)
    show(
        f"{args.boxes} boxes, {args.megabytes} MB to each, {where}",
        ("what", "s", "CPU s", "MB/s"),
        [
            (
                name,
                f"{one.seconds:.1f}",
                f"{one.cpu_s:.1f}",
                f"{args.boxes * args.megabytes / one.seconds:.1f}" if name in copies else "",
            )
            for name, one in taken.items()
        ],
    )
    theirs, ours = (one.seconds for one in list(taken.values())[:2])
    goal = GOAL_NEAR if args.near else GOAL
    sys.stdout.write(f"ours / rsync {ours / theirs:.2f} (goal {goal})\n")
    sys.exit(ours / theirs > goal)


def chained(fleet: Fleet, run: Callable[[list[str]], Taken], jobs: int) -> Iterator[tuple[str, Taken]]:
    """Yield what three tasks take in one line for all boxes, for one box after the other, and each alone."""
    name = f"{len(CHAIN)} tasks in one line for all boxes"
    tell(name)
    yield name, run(fleet.ours(jobs, *CHAIN))
    for name, lines in (("the same for one box after the other", [CHAIN]), ("each task of each alone", zip(CHAIN))):
        tell(name)
        words = list(lines)
        alone = [run(fleet.person.argv("fab", "-H", box, *line)) for box in fleet.boxes for line in words]
        yield name, Taken(sum(one.seconds for one in alone), sum(one.cpu_s for one in alone))


if __name__ == "__main__":
    main()
