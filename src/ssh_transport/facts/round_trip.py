"""How long a word to a box and back takes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    from ssh_transport.box import Box

_DEADLINE_S = 5.0
# Where `tcpi_min_rtt`, in microseconds, is in what TCP_INFO gives: linux/tcp.h, since Linux 4.6.
_MIN_RTT = struct.Struct("=148xI")


def round_trip_s(box: Box, *, times: int = 1) -> float:
    """Return the shortest of some round trips on the open connection; infinity where no answer comes in time."""
    trips: list[float] = []
    transport = box.connection.transport

    def measure() -> None:
        # A transport that dies raises, or answers at once with nothing.
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            for _ in range(times if transport.is_active() else 0):
                start = time.monotonic()
                # Paramiko waits for the answer without a deadline.
                transport.global_request("keepalive@openssh.com", wait=True)
                if transport.is_active():
                    trips.append(time.monotonic() - start)

    asking = threading.Thread(target=measure, daemon=True)
    asking.start()
    asking.join(_DEADLINE_S)
    return min(trips, default=float("inf"))


def to_next_hop_s(box: Box) -> float:
    """Return the least round trip that the kernel saw on the open connection; 0 where it does not tell."""
    sock = box.connection.transport.sock
    if not isinstance(sock, socket.socket) or not hasattr(socket, "TCP_INFO"):
        return 0
    said = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _MIN_RTT.size)
    return float(_MIN_RTT.unpack(said)[0] / 1e6) if len(said) == _MIN_RTT.size else 0
