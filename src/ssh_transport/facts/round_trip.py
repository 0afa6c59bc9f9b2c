"""How long a word to a box and back takes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssh_transport.box import Box

_DEADLINE_S = 5.0


def round_trip_s(box: Box, *, times: int = 1) -> float:
    """Return the shortest of some round trips on the open connection; infinity where no answer comes in time."""
    trips: list[float] = []

    def measure() -> None:
        for _ in range(times):
            start = time.monotonic()
            # Paramiko waits for the answer without a deadline.
            box.connection.transport.global_request("keepalive@openssh.com", wait=True)
            trips.append(time.monotonic() - start)

    asking = threading.Thread(target=measure, daemon=True)
    asking.start()
    asking.join(_DEADLINE_S)
    return min(trips, default=float("inf"))
