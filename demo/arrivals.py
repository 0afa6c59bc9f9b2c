"""What a socket of a simulated network receives, at once or after the delay of a long way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from .background import cancel

if TYPE_CHECKING:
    import socket

CHUNK_BYTES = 256 << 10

# More than about a second of a fast link would only fill the memory.
MAX_CHUNKS_IN_FLIGHT = 2048


class Arrivals:
    """The data that a socket receives."""

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._buffer = memoryview(bytearray(CHUNK_BYTES))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    async def next(self) -> memoryview:
        """Return the next bytes, valid until the next call; empty at the end."""
        return self._buffer[: await asyncio.get_running_loop().sock_recv_into(self._source, self._buffer)]


class Delayed(Arrivals):
    """The data that a socket receives, with every byte and the end delayed."""

    def __init__(self, source: socket.socket, delay_s: float) -> None:
        super().__init__(source)
        self._delay_s = delay_s
        self._in_flight: asyncio.Queue[tuple[float, bytes | OSError]] = asyncio.Queue(MAX_CHUNKS_IN_FLIGHT)
        self._receiving = asyncio.create_task(self._receive())

    async def __aexit__(self, *_: object) -> None:
        """Stop receiving before the socket is closed."""
        await cancel(self._receiving)

    async def next(self) -> memoryview:
        """Return the next bytes when they are due; raise the error of receiving them."""
        due_s, received = await self._in_flight.get()
        await asyncio.sleep(due_s - asyncio.get_running_loop().time())
        if isinstance(received, OSError):
            raise received
        return memoryview(received)

    async def _receive(self) -> None:
        received: bytes | OSError = b"-"
        while received and not isinstance(received, OSError):
            try:
                received = bytes(await super().next())
            except OSError as exc:
                received = exc
            await self._in_flight.put((asyncio.get_running_loop().time() + self._delay_s, received))
