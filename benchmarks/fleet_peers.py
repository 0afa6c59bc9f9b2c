"""
Many boxes at once, and the tools that people bring files to many boxes with:

    python -m benchmarks.fleet_peers [--boxes 10] [--megabytes 5] [--jobs 16] [--runs 3] [--venv DIRECTORY]

Ours, `rsync -a` under `xargs -P`, Ansible's `ansible.posix.synchronize`, and pyinfra's `files.sync` and `files.put`, by
turns, on boxes on loopback; the table has the medians of whole commands. The peers are installed from PyPI into an
environment of their own, in a temporary directory unless one is named, which is then used again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from .fleet import Taken, stage
from .world import show, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fleet import Fleet

PEERS = ("ansible", "pyinfra")


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--boxes", type=int, default=10)
    reads.add_argument("--megabytes", type=int, default=5)
    reads.add_argument("--jobs", type=int, default=16)
    reads.add_argument("--runs", type=int, default=3)
    reads.add_argument("--venv", type=Path, help="where the peers are, or are to be")
    given = reads.parse_args()
    with installed(given.venv) as programs, stage(given.boxes, None) as (fleet, run):
        data = fleet.person.home / "data"
        data.mkdir()
        (data / "file").write_bytes(os.urandom(given.megabytes * 1_000_000))
        run(fleet.ours(given.jobs, "keys.check"))
        calls = {"rsync -a, by xargs": fleet.rsyncs(given.jobs), **theirs(fleet, programs, given.jobs)}
        calls["ours"] = fleet.ours(given.jobs, "transfer.push", "--path=./data", "--to=./")
        taken: dict[str, list[Taken]] = {name: [] for name in calls}
        for number in range(given.runs):
            for name, argv in calls.items():
                tell(f"{name}, {number + 1} of {given.runs}")
                taken[name].append(run(argv))
                fleet.arrived(given.megabytes * 1_000_000)
        versions = ", ".join(f"{name} {version(programs, name)}" for name in ("ansible-core", "pyinfra"))
    show(
        f"{given.boxes} boxes on loopback, {given.megabytes} MB to each, {given.jobs} at once; {versions}",
        ("what", "s", "all runs", "CPU s"),
        [(name, f"{middle(runs):.1f}", seconds(runs), f"{cpu(runs):.1f}") for name, runs in taken.items()],
    )


@contextlib.contextmanager
def installed(place: Path | None) -> Iterator[Path]:
    """Yield where the peers' programs are."""
    with contextlib.ExitStack() as stack:
        if place is None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ssh-transport-peers-")))
        programs = place / "bin"
        if not (programs / "pyinfra").exists():
            tell(f"installing {', '.join(PEERS)}")
            venv.create(place, with_pip=True)
            subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *PEERS], check=True)
        yield programs


def theirs(fleet: Fleet, programs: Path, jobs: int) -> dict[str, list[str]]:
    """Return the words of the peers, who find the boxes by the person's own `~/.ssh/config`."""
    home = fleet.person.home
    (home / "inventory.ini").write_text("".join(f"{name}\n" for name in fleet.boxes))
    (home / "inventory.py").write_text(f"boxes = {list(fleet.boxes)!r}\n")
    # `ssh` takes `~` from the password database.
    arguments = f"-F {home / '.ssh' / 'config'}"
    environment = ["env", f"ANSIBLE_SSH_ARGS={arguments}", f"ANSIBLE_HOME={home / 'ansible'}"]
    environment += [f"ANSIBLE_LOCAL_TEMP={home / 'ansible'}", f"PATH={programs}:{os.environ['PATH']}"]
    words = "src=data dest=./ use_ssh_args=yes"
    synchronize = ["-i", "inventory.ini", "-f", str(jobs), "-m", "ansible.posix.synchronize", "-a", words]
    pyinfra = [str(programs / "pyinfra"), "-y", "--parallel", str(jobs), "inventory.py"]
    return {
        "Ansible, synchronize": [*environment, str(programs / "ansible"), "all", *synchronize],
        "pyinfra, files.sync": [*pyinfra, "files.sync", "src=data", "dest=data"],
        "pyinfra, files.put": [*pyinfra, "files.put", "src=data/file", "dest=data/file"],
    }


def version(programs: Path, name: str) -> str:
    """Return the version of a peer."""
    found = metadata.distributions(name=name, path=[str(path) for path in programs.parent.glob("lib/*/site-packages")])
    return next((one.version for one in found), "?")


def middle(runs: list[Taken]) -> float:
    """Return the median of the seconds."""
    return statistics.median(one.seconds for one in runs)


def cpu(runs: list[Taken]) -> float:
    """Return the median of this end's processor time, in seconds."""
    return statistics.median(one.cpu_s for one in runs)


def seconds(runs: list[Taken]) -> str:
    """Return the seconds of all runs."""
    return ", ".join(f"{one.seconds:.1f}" for one in sorted(runs))


if __name__ == "__main__":
    main()
