"""rsync over the striped link, the processes at both of its ends, and what they tell."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import ssh_transport.link.stripe
from tests.support.processes import until

STRIPE = str(Path(ssh_transport.link.stripe.__file__).parent)
RSH = f"{sys.executable} -I -S {STRIPE}"
DEADLINE_S = 90


def children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def is_alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@dataclass
class Link:
    """rsync over the striped link, with a log of every start of an rsync on the box: its process and the owner's."""

    ssh: list[str]
    place: Path
    counts: IO[bytes]
    status: IO[bytes]
    order: dict[str, Any] = field(default_factory=dict)
    lifeline: tuple[int, int] = field(default_factory=os.pipe)

    def starts(self, *words: str) -> subprocess.Popen[bytes]:
        fds = {"counts": self.counts.fileno(), "status": self.status.fileno(), "lifeline": self.lifeline[0]}
        # It begins when the test says so: under load the lanes may take longer than the copy.
        there = f"echo $$ $PPID >> {self.log}; until [ -e {self.go} ]; do sleep 0.02; done; exec rsync"
        return subprocess.Popen(
            ["rsync", "-a", f"--rsh={RSH}", f"--rsync-path={there}", *words],
            env={**os.environ, "SSH_TRANSPORT_LINK": json.dumps({"ssh": self.ssh, **fds, **self.order})},
            pass_fds=tuple(fds.values()),
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def runs(self, *words: str) -> tuple[int, str]:
        with self.starts(*words) as rsync:
            return ended(rsync)

    @property
    def go(self) -> Path:
        return self.place / "go"

    def is_up(self) -> bool:
        """Whether all four lanes are."""
        told = self.told()
        return bool(told) and len(told[-1]["lanes"]) == 4

    @property
    def log(self) -> Path:
        return self.place / "started"

    def far(self) -> tuple[int, int]:
        """Return the processes of the box's rsync and of its owner; there was never more than one."""
        ((rsync, owner),) = [line.split() for line in self.log.read_text().splitlines()]
        return int(rsync), int(owner)

    def directory(self) -> Path:
        """Return where the owner listens."""
        inodes = set()
        for fd in Path(f"/proc/{self.far()[1]}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(str(fd.readlink()).removeprefix("socket:[").removesuffix("]"))
        for line in Path("/proc/net/unix").read_text().splitlines():
            words = line.split()
            # The kernel tells the name that it was bound to; it was renamed since.
            if len(words) == 8 and words[6] in inodes and words[7].endswith("/unready"):
                return Path(words[7]).parent
        raise AssertionError("no owner listens")

    def told(self) -> list[Any]:
        return [json.loads(line) for line in os.pread(self.status.fileno(), 1 << 24, 0).splitlines()]

    def received(self, over_bytes: int) -> bool:
        return self.counted()[1] > over_bytes

    def counted(self) -> tuple[int, int]:
        data = os.pread(self.counts.fileno(), 16, 0)
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


def ended(rsync: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, stderr = rsync.communicate(timeout=DEADLINE_S)
    return rsync.returncode, stderr.decode()


def near_of(rsync: subprocess.Popen[bytes]) -> int:
    """Return the process of our end."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [pid for pid in children(rsync.pid) if STRIPE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return bool(found)

    until(look)
    return found[0]
