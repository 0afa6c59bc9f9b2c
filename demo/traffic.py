"""What goes through a simulated network: counted, held to a rate, with actions that are due at a total."""

from __future__ import annotations

import asyncio
import bisect
import threading
from typing import TYPE_CHECKING, Literal

from .arrivals import CHUNK_BYTES
from .background import writable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Direction = Literal["up", "down"]

# Short steps keep a throttled link smooth.
THROTTLED_STEP_S = 0.01
THROTTLED_CATCH_UP_S = 0.02


class Traffic:
    """
    The bytes of all connections together, in either direction.

    `sent` may be asked from any thread; the rest belongs to the event loop.

    :param rate_bytes_s: the rate of each direction; None is unlimited.
    """

    def __init__(self, rate_bytes_s: int | None) -> None:
        self._rate_bytes_s = rate_bytes_s
        self._counting = threading.Lock()
        self._bytes: dict[Direction, int] = {"up": 0, "down": 0}
        self._free_at_s: dict[Direction, float] = {"up": 0, "down": 0}
        self._planned: list[tuple[int, Callable[[], None]]] = []

    def sent(self, direction: Direction) -> int:
        """Return the bytes that have gone one way."""
        with self._counting:
            return self._bytes[direction]

    def plan(self, total_bytes: int, action: Callable[[], None]) -> None:
        """Act once, after exactly so many bytes in both directions; now, if they have been sent."""
        bisect.insort(self._planned, (total_bytes, action), key=lambda plan: plan[0])
        self._act()

    async def send(self, direction: Direction, data: memoryview, sink: socket.socket, may_send: asyncio.Event) -> None:
        """Send all of it, at the rate, and nothing while `may_send` is not set."""
        while data:
            await may_send.wait()
            try:
                # Count under the lock, so that a received byte is always counted.
                with self._counting:
                    sent = sink.send(data[: self._step_bytes()])
                    self._bytes[direction] += sent
            except BlockingIOError:
                await writable(sink.fileno())
                continue
            data = data[sent:]
            self._act()
            await self._pace(direction, sent)

    def _act(self) -> None:
        while self._planned and self._planned[0][0] <= sum(self._bytes.values()):
            self._planned.pop(0)[1]()

    def _step_bytes(self) -> int:
        """Return how many bytes may be sent now: not past the next planned action, not faster than the rate."""
        step = CHUNK_BYTES
        if self._planned:
            step = min(step, self._planned[0][0] - sum(self._bytes.values()))
        if self._rate_bytes_s is not None:
            step = min(step, max(1, int(self._rate_bytes_s * THROTTLED_STEP_S)))
        return step

    async def _pace(self, direction: Direction, sent: int) -> None:
        if self._rate_bytes_s is None:
            # Reading and sending never wait while there are data and buffer space: let other tasks run.
            await asyncio.sleep(0)
            return
        now_s = asyncio.get_running_loop().time()
        # Time lost by a late wake-up may be caught up, but not more than THROTTLED_CATCH_UP_S.
        begun_at_s = max(self._free_at_s[direction], now_s - THROTTLED_CATCH_UP_S)
        self._free_at_s[direction] = begun_at_s + sent / self._rate_bytes_s
        await asyncio.sleep(self._free_at_s[direction] - now_s)
