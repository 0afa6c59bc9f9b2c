"""The path to a box: round trip, loss and rate, and what more streams or another sender would give."""

from __future__ import annotations

import os
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.facts.round_trip import round_trip_s
from ssh_transport.text import size

from .finding import ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box

    from .finding import Finding

_PINGS = 5
_SEND_S = 2.0
_SEND_BYTES = 16_000_000
_CHUNK = os.urandom(1 << 15)
_WINDOW_BYTES = 2 << 20  # of one channel, in OpenSSH's channels.h and in Paramiko
_SEGMENT_BYTES = 1448
_STREAMS = 8
_CAP_WORTH_BYTES_S = 100e6
# tcpi_segs_out and tcpi_total_retrans in Linux' struct tcp_info (linux/tcp.h).
_TCP_INFO_BYTES, _RETRANSMITTED_AT, _SENT_AT = 192, 100, 136


@dataclass(frozen=True)
class PathSeen:
    """What was measured on the way up; ``loss`` is the share of segments sent again, `None` where it can't be known."""

    round_trip_s: float
    rate_bytes_s: float
    loss: float | None


def examine(box: Box, congestion_there: str) -> Iterator[Finding]:
    """Measure for a few seconds, then advise."""
    seen = _measured(box)
    loss = "unknown" if seen.loss is None else f"{seen.loss:.2%}"
    rate = f"{size(seen.rate_bytes_s)}/s up over one connection"
    text = f"{seen.round_trip_s * 1e3:.1f} ms round trip, {loss} sent again, {rate}"
    one, many = _ceiling(seen, 1), _ceiling(seen, _STREAMS)
    if one < _CAP_WORTH_BYTES_S:
        limit = "loss" if seen.loss else "the 2 MiB window of an SSH channel"
        yield warning(
            "path",
            text,
            cause=f"{limit} holds one connection near {size(one)}/s whatever the line",
            fix=f"{_STREAMS} connections would carry up to {size(many)}/s",
        )
    else:
        yield ok("path", text)
    yield _sender("here", _congestion_here(), seen)
    yield _sender("there", congestion_there, seen)


def _ceiling(seen: PathSeen, streams: int) -> float:
    """Return what so many connections can carry: the window, and CUBIC's or Reno's response to loss (RFC 9438 §5)."""
    rtt = max(seen.round_trip_s, 1e-4)
    ceiling = _WINDOW_BYTES / rtt
    if seen.loss:
        cubic = 1.054 * _SEGMENT_BYTES * rtt**-0.25 / seen.loss**0.75
        reno = 1.22 * _SEGMENT_BYTES / (rtt * seen.loss**0.5)
        ceiling = min(ceiling, max(cubic, reno))
    return ceiling * streams


def _sender(where: str, algorithm: str, seen: PathSeen) -> Finding:
    step = f"sender {where}"
    if algorithm and algorithm != "bbr" and seen.loss and seen.loss > 5e-4:  # noqa: PLR2004 - where it begins to matter
        cause = "on a path that loses packets BBR carries several times what this does"
        return warning(step, algorithm, cause=cause, fix="as root: sysctl net.ipv4.tcp_congestion_control=bbr")
    return ok(step, algorithm or "unknown")


def _measured(box: Box) -> PathSeen:
    transport = box.connection.transport
    before = _segments(transport.sock)
    start = time.monotonic()
    sent = 0
    with transport.open_session() as channel:
        channel.exec_command("cat >/dev/null")
        while sent < _SEND_BYTES and time.monotonic() - start < _SEND_S:
            channel.sendall(_CHUNK)
            sent += len(_CHUNK)
        channel.shutdown_write()
        # What was sent has arrived when the command has seen its end.
        channel.recv_exit_status()
    taken_s = time.monotonic() - start
    after = _segments(transport.sock)
    loss = None
    if before and after and after[1] > before[1]:
        loss = (after[0] - before[0]) / (after[1] - before[1])
    return PathSeen(round_trip_s(box, times=_PINGS), sent / taken_s, loss)


def _segments(sock: object) -> tuple[int, int] | None:
    """Return the segments sent again and sent at all, where the kernel tells (Linux)."""
    if not isinstance(sock, socket.socket) or not hasattr(socket, "TCP_INFO"):
        return None
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    if len(info) < _SENT_AT + 4:
        return None
    return struct.unpack_from("I", info, _RETRANSMITTED_AT)[0], struct.unpack_from("I", info, _SENT_AT)[0]


def _congestion_here() -> str:
    try:
        return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip()
    except OSError:
        return ""
