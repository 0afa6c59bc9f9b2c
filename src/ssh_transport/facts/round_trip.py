"""How long a word to a box and back takes."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    from ssh_transport.box import Box

_DEADLINE_S = 5.0


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
