"""Measures the network path to a box: round trip, loss and rate, and the gain of more connections or of BBR."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import piped
from ssh_transport.box.round_trip import round_trip_s
from ssh_transport.text import size

from .finding import ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box

    from .finding import Finding

_ARRIVES_S = 30
_SEND_S = 2.0
_SEND_BYTES = 16_000_000
_FIRST_BYTES = 1_000_000
_SS_S = 5
_WINDOW_BYTES = 2 << 20  # of one channel, in OpenSSH's channels.h and in Paramiko
_SEGMENT_BYTES = 1448
_STREAMS = 8
_CAP_WORTH_BYTES_S = 100e6
_LOSS_WORTH_BBR = 5e-4


@dataclass(frozen=True)
class Measurement:
    """Measured by sending to the box; ``loss`` is the share of retransmitted segments, `None` if it is unknown."""

    round_trip_s: float
    rate_bytes_s: float
    loss: float | None


def examine(box: Box, congestion_there: str) -> Iterator[Finding]:
    """Measure for a few seconds; yield findings on the rate and on both congestion controls."""
    measured = _measure(box)
    loss = "unknown" if measured.loss is None else f"{measured.loss:.2%}"
    rate = f"{size(measured.rate_bytes_s)}/s up over one connection"
    text = f"{measured.round_trip_s * 1e3:.1f} ms round trip, {loss} sent again, {rate}"
    one, many = _ceiling(measured, 1), _ceiling(measured, _STREAMS)
    if one < _CAP_WORTH_BYTES_S:
        limit = "loss" if measured.loss else "the 2 MiB window of an SSH channel"
        yield warning(
            "path",
            text,
            cause=f"{limit} limits one connection to about {size(one)}/s, however fast the line is",
            fix=f"{_STREAMS} connections would carry up to {size(many)}/s",
        )
    else:
        yield ok("path", text)
    yield _sender("here", _congestion_here(), measured)
    yield _sender("there", congestion_there, measured)


def _ceiling(measured: Measurement, streams: int) -> float:
    """Return the highest rate of `streams` connections, in bytes/s, by window and loss (CUBIC or Reno, RFC 9438 §5)."""
    rtt = max(measured.round_trip_s, 1e-4)
    ceiling = _WINDOW_BYTES / rtt
    if measured.loss:
        cubic = 1.054 * _SEGMENT_BYTES * rtt**-0.25 / measured.loss**0.75
        reno = 1.22 * _SEGMENT_BYTES / (rtt * measured.loss**0.5)
        ceiling = min(ceiling, max(cubic, reno))
    return ceiling * streams


def _sender(where: str, algorithm: str, measured: Measurement) -> Finding:
    step = f"sender {where}"
    if algorithm and algorithm != "bbr" and measured.loss and measured.loss > _LOSS_WORTH_BBR:
        cause = "on a path that loses packets BBR is several times faster"
        return warning(step, algorithm, cause=cause, fix="as root: sysctl net.ipv4.tcp_congestion_control=bbr")
    return ok(step, algorithm or "unknown")


def _measure(box: Box) -> Measurement:
    before = _segments(box)
    sent, taken_s = _sent(box)
    after = _segments(box)
    loss = None
    if before and after and after[1] > before[1]:
        loss = (after[0] - before[0]) / (after[1] - before[1])
    return Measurement(round_trip_s(box), sent / taken_s, loss)


def _sent(box: Box) -> tuple[int, float]:
    """Send for a while, twice as much each time; return how many bytes, in what time."""
    start = time.monotonic()
    sent, size_bytes = 0, _FIRST_BYTES
    limits = {"limit_bytes": 0, "silence_s": _ARRIVES_S, "timeout_s": _ARRIVES_S}
    while sent < _SEND_BYTES and time.monotonic() - start < _SEND_S:
        # The command exits once it has read everything.
        piped.run(box, "cat >/dev/null", data=os.urandom(size_bytes), **limits)
        sent, size_bytes = sent + size_bytes, 2 * size_bytes
    return sent, time.monotonic() - start


def _segments(box: Box) -> tuple[int, int] | None:
    """Return the numbers of retransmitted and of all sent segments, or `None` if `ss` does not tell (ss(8))."""
    if not shutil.which("ss"):
        return None
    address = ["dport", "=", f":{box.resolved.port}"]
    done = subprocess.run(
        ["ss", "-tinpHO", "state", "established", *address], capture_output=True, text=True, check=False, timeout=_SS_S
    )
    for line in done.stdout.splitlines():
        ours = any(_is_in(int(process), box.carrier.group) for process in re.findall(r"pid=(\d+)", line))
        if ours and (sent := re.search(r"\bsegs_out:(\d+)", line)):
            again = re.search(r"\bretrans:\d+/(\d+)", line)
            return int(again[1]) if again else 0, int(sent[1])
    return None


def _is_in(process: int, group: int) -> bool:
    try:
        return os.getpgid(process) == group
    except ProcessLookupError:
        return False


def _congestion_here() -> str:
    try:
        return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip()
    except OSError:
        return ""
