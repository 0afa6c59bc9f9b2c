"""
A bad path: two network namespaces of this machine, and a link with round trip, rate, queue and loss between them.

TCP is the kernel's own at both ends; `link.c` carries the packets. Only root can make namespaces.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK, NEAR_ADDRESS, FAR_ADDRESS = "10.77.0.0/30", "10.77.0.1", "10.77.0.2"
DEVICE = "bad0"
LEAST_QUEUE_BYTES = 1_000_000
# The device's own queue must not drop: the link's is the one that is measured.
DEVICE_QUEUE_PACKETS = 10_000
PREFIX = "bad-path-"
# What Debian sets, whatever this machine is tuned to; and no run may learn from the last one.
SYSCTLS = {
    "tcp_rmem": "4096 131072 6291456",
    "tcp_wmem": "4096 16384 4194304",
    "tcp_no_metrics_save": "1",
}
CLONE_NEWNET = 0x40000000  # sched.h

_numbers = itertools.count(1)


class PathSpec(NamedTuple):
    """What a path is like; each direction has the rate, and loses packets."""

    rate_mbit: float
    rtt_ms: float
    loss_percent: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``MBIT/RTT_MS/LOSS_PERCENT``.

        :raises ValueError: it is not three numbers.
        """
        rate_mbit, rtt_ms, loss_percent = (float(word) for word in text.split("/"))
        return cls(rate_mbit, rtt_ms, loss_percent)

    @property
    def rate_bytes_s(self) -> float:
        return self.rate_mbit * 1e6 / 8

    @property
    def queue_bytes(self) -> int:
        """What one round trip carries."""
        return max(LEAST_QUEUE_BYTES, int(self.rate_bytes_s * self.rtt_ms / 1000))

    def __str__(self) -> str:
        return f"{self.rate_mbit:g} Mbit/s, {self.rtt_ms:g} ms, {self.loss_percent:g} %"


@dataclass(frozen=True)
class Carried:
    """What one direction has carried, lost packets included; payload is what is inside TCP, sent again or not."""

    packets: int
    bytes: int
    payload_bytes: int
    lost: int
    overflowed: int

    def __sub__(self, earlier: Carried) -> Carried:
        return Carried(*(now - then for now, then in zip(vars(self).values(), vars(earlier).values(), strict=True)))


class BadPath:
    """A path while it stands; `down` is what the far end sends."""

    def __init__(self, spec: PathSpec, near: str, far: str, link: subprocess.Popen[str]) -> None:
        self.spec, self.near, self.far = spec, near, far
        if link.stdin is None or link.stdout is None or link.stdout.readline() != "ready\n":
            raise RuntimeError("the link did not start")
        self._orders, self._answers = link.stdin, link.stdout

    def silence(self) -> None:
        """Drop every packet from now on."""
        self._order("s")

    def restore(self) -> None:
        self._order("o")

    def begin_losses(self) -> None:
        """Begin the sequence of losses anew: what runs next meets what the last one met."""
        self._order("b")

    def down(self) -> Carried:
        return self._count("down")

    def up(self) -> Carried:
        return self._count("up")

    def _count(self, way: str) -> Carried:
        self._order("r")
        return Carried(**json.loads(self._answers.readline())[way])

    def _order(self, letter: str) -> None:
        self._orders.write(letter)
        self._orders.flush()


@contextlib.contextmanager
def bad_path(spec: PathSpec, *, seed: int = 1, congestion: str = "cubic") -> Iterator[BadPath]:
    """
    Make a path, and take it away with all that was made for it.

    :param seed: of the losses.
    :param congestion: the congestion control of both ends.
    :raises SystemExit: this machine can't make one; the message says why.
    """
    _check_machine(congestion)
    _sweep()
    number = next(_numbers)
    near, far = (f"{PREFIX}{os.getpid()}-{number}-{end}" for end in ("near", "far"))
    with contextlib.ExitStack() as stack:
        program = _compile(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX))))
        for namespace in (near, far):
            _ip("netns", "add", namespace)
            stack.callback(_ip, "netns", "del", namespace)
        numbers = (spec.rate_bytes_s, int(spec.rtt_ms * 1e6 / 2), spec.loss_percent / 100, spec.queue_bytes, seed)
        link = subprocess.Popen(
            [program, near, far, DEVICE, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_end, link)
        path = BadPath(spec, near, far, link)
        _set_up(near, NEAR_ADDRESS, congestion)
        _set_up(far, FAR_ADDRESS, congestion)
        yield path


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Let what this thread starts live in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as home, Path("/run/netns", namespace).open("rb") as place:
        if libc.setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns to {namespace} was refused")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def _set_up(namespace: str, address: str, congestion: str) -> None:
    _ip("-n", namespace, "link", "set", "lo", "up")
    _ip("-n", namespace, "address", "add", f"{address}/30", "dev", DEVICE, "noprefixroute")
    _ip("-n", namespace, "link", "set", DEVICE, "mtu", "1500", "txqueuelen", str(DEVICE_QUEUE_PACKETS), "up")
    # The sysctl of a namespace allows only what the machine's administrator listed; a route allows all there are.
    _ip("-n", namespace, "route", "add", NETWORK, "dev", DEVICE, "src", address, "congctl", congestion)
    with inside(namespace):
        for name, value in SYSCTLS.items():
            Path("/proc/sys/net/ipv4", name).write_text(value)


def _compile(directory: Path) -> Path:
    program = directory / "link"
    source = Path(__file__).with_name("link.c")
    done = subprocess.run(["cc", "-O2", "-o", program, source], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: `cc` could not compile `{source.name}`\n  cause: {done.stderr.strip()}")
    return program


def _check_machine(congestion: str) -> None:
    """Say what is missing before anything is made."""
    if os.geteuid():
        raise SystemExit("error: network namespaces need root\n\nhint: run it with `sudo`")
    if not Path("/dev/net/tun").exists():
        raise SystemExit("error: this machine has no `/dev/net/tun`\n\nhint: modprobe tun")
    for program, package in (("ip", "iproute2"), ("cc", "gcc libc6-dev")):
        if not shutil.which(program):
            raise SystemExit(f"error: `{program}` is missing\n\nhint: apt-get install {package}")
    available = Path("/proc/sys/net/ipv4/tcp_available_congestion_control").read_text().split()
    if congestion not in available:
        raise SystemExit(
            f"error: this kernel has no `{congestion}`: {' '.join(available)}\n\nhint: modprobe tcp_{congestion}"
        )


def _sweep() -> None:
    """Remove the namespaces of runs that were killed, and what still runs in them."""
    for place in Path("/run/netns").glob(f"{PREFIX}*"):
        if not Path("/proc", place.name.removeprefix(PREFIX).partition("-")[0]).exists():
            for pid in _ip("netns", "pids", place.name).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            _ip("netns", "del", place.name)


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`ip {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def _end(link: subprocess.Popen[str]) -> None:
    """Kill it and reap it; its devices go with it."""
    with link:
        link.kill()
