"""A simulated bad network: a TCP proxy on loopback that counts, throttles, delays, cuts, goes silent and refuses."""

from __future__ import annotations

import asyncio
import bisect
import socket
import struct
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

from .background import BackgroundLoop, writable

if TYPE_CHECKING:
    from collections.abc import Callable

    Direction = Literal["up", "down"]

CHUNK_BYTES = 256 << 10

# Short steps keep a throttled link smooth; small buffers keep its ends from sending much ahead.
THROTTLED_STEP_S = 0.01
THROTTLED_CATCH_UP_S = 0.02
THROTTLED_BUFFER_BYTES = 64 << 10

# More than about a second of a fast link would only fill the memory.
MAX_CHUNKS_IN_FLIGHT = 2048

# SO_LINGER, socket(7): a close after zero seconds of lingering sends RST, without lingering FIN.
RESET = struct.pack("ii", 1, 0)
ORDERLY = struct.pack("ii", 0, 0)


@dataclass(eq=False)
class _Carried:
    """One connection through the link; it is silent while `audible` is not set."""

    client: socket.socket
    audible: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] = field(init=False)


class Link:
    """
    A proxy to `target_port` on 127.0.0.1 from `start` to `stop`, or inside `with`.

    Any thread may call any method, which has taken effect when it returns. Totals count the bytes forwarded
    in both directions over all connections; a cut or a silence at a total happens after exactly that byte.

    :param rate_bytes_s: the rate of each direction, shared by all connections; None is unlimited.
    :param delay_s: the delay of every byte in one direction; half a round trip.
    """

    def __init__(self, target_port: int, rate_bytes_s: int | None = None, delay_s: float = 0) -> None:
        self.port = 0
        self.connections = 0
        self._target_port = target_port
        self._rate_bytes_s = rate_bytes_s
        self._delay_s = delay_s
        self._counting = threading.Lock()
        self._bytes: dict[Direction, int] = {"up": 0, "down": 0}
        self._free_at_s: dict[Direction, float] = {"up": 0, "down": 0}
        self._open: set[_Carried] = set()
        self._planned: list[tuple[int, Callable[[], None]]] = []
        self._silent = False
        self._welcoming: asyncio.Task[None] | None = None

    @property
    def bytes_up(self) -> int:
        with self._counting:
            return self._bytes["up"]

    @property
    def bytes_down(self) -> int:
        with self._counting:
            return self._bytes["down"]

    def start(self) -> None:
        self._door = self._bind()
        self.port = self._door.getsockname()[1]
        self._loop = BackgroundLoop("link")
        self.accept()

    def stop(self) -> None:
        """Reset every connection and give the port back."""
        self._loop.call(self._close())
        self._loop.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cut(self) -> None:
        """Reset every open connection at both ends."""
        self._loop.call(self._drop(lambda _: True))

    def cut_at(self, total_bytes: int) -> None:
        """Do what `cut` does, once, after `total_bytes`; more calls plan more cuts."""
        self._loop.call(self._plan(total_bytes, self._cut_open))

    def silence(self) -> None:
        """Forward nothing and close nothing, on open and on new connections, until `restore`."""
        self._loop.call(self._silence(new_too=True))

    def silence_open(self) -> None:
        """Do what `silence` does, but only to the connections open now: the client's address has changed."""
        self._loop.call(self._silence(new_too=False))

    def silence_at(self, total_bytes: int) -> None:
        """Do what `silence_open` does, once, after `total_bytes`."""
        self._loop.call(self._plan(total_bytes, self._mute_open))

    def restore(self) -> None:
        """Forward again on every silent connection, beginning with the bytes that were sent meanwhile."""
        self._loop.call(self._restore())

    def drop_muted(self) -> None:
        """Reset the silent connections at both ends, as when a lost connection times out."""
        self._loop.call(self._drop(lambda carried: not carried.audible.is_set()))

    def refuse(self) -> None:
        """Refuse new connections until `accept`; open ones stay. Safe to repeat."""
        self._loop.call(self._refuse())

    def accept(self) -> None:
        """Accept new connections again, on the same port. Safe to repeat."""
        self._loop.call(self._accept())

    def _bind(self) -> socket.socket:
        """Return a socket that holds the port; until it listens, connections to it are refused."""
        door = self._socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", self.port))
        return door

    def _socket(self) -> socket.socket:
        """Return a socket whose close sends RST, unless SO_LINGER is changed; accepted sockets do the same."""
        end = socket.socket()
        end.settimeout(0)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if self._rate_bytes_s is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, THROTTLED_BUFFER_BYTES)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, THROTTLED_BUFFER_BYTES)
        return end

    async def _accept(self) -> None:
        if self._welcoming is None:
            self._door.listen()
            self._welcoming = asyncio.create_task(self._welcome())

    async def _refuse(self) -> None:
        if self._welcoming is not None:
            await _cancel(self._welcoming)
            self._welcoming = None
            self._door.close()
            self._door = self._bind()

    async def _close(self) -> None:
        await self._refuse()
        await self._drop(lambda _: True)
        self._door.close()

    async def _drop(self, chosen: Callable[[_Carried], bool]) -> None:
        await _cancel(*(carried.task for carried in self._open if chosen(carried)))

    async def _plan(self, total_bytes: int, action: Callable[[], None]) -> None:
        bisect.insort(self._planned, (total_bytes, action), key=lambda plan: plan[0])
        self._act()

    async def _silence(self, *, new_too: bool) -> None:
        self._silent = self._silent or new_too
        self._mute_open()

    async def _restore(self) -> None:
        self._silent = False
        for carried in self._open:
            carried.audible.set()

    def _mute_open(self) -> None:
        for carried in self._open:
            carried.audible.clear()

    def _cut_open(self) -> None:
        # Silence it first: a cancelled task still runs its next step.
        self._mute_open()
        for carried in self._open:
            carried.task.cancel()

    def _act(self) -> None:
        while self._planned and self._planned[0][0] <= sum(self._bytes.values()):
            self._planned.pop(0)[1]()

    async def _welcome(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(self._door)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            carried = _Carried(client)
            if not self._silent:
                carried.audible.set()
            carried.task = asyncio.create_task(self._carry(carried))
            carried.task.add_done_callback(partial(self._forget, carried))
            self._open.add(carried)
            self.connections += 1

    def _forget(self, carried: _Carried, _: asyncio.Task[None]) -> None:
        """Close the client's socket, even if `_carry` was cancelled before it began."""
        carried.client.close()
        self._open.discard(carried)

    async def _carry(self, carried: _Carried) -> None:
        loop = asyncio.get_running_loop()
        client = carried.client
        with self._socket() as box:
            try:
                await carried.audible.wait()
                await loop.sock_connect(box, ("127.0.0.1", self._target_port))
                async with asyncio.TaskGroup() as both_ways:
                    both_ways.create_task(self._forward("up", carried, client, box))
                    both_ways.create_task(self._forward("down", carried, box, client))
                for end in (client, box):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ORDERLY)
            except* OSError:
                # One end was reset or refused: closing resets the other.
                pass

    async def _forward(
        self, direction: Direction, carried: _Carried, source: socket.socket, sink: socket.socket
    ) -> None:
        async with _Delayed(source, self._delay_s) if self._delay_s else _Arrivals(source) as arrivals:
            while True:
                try:
                    data = await arrivals.next()
                except OSError:
                    await carried.audible.wait()
                    raise
                await carried.audible.wait()
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                await self._send(direction, carried, data, sink)

    async def _send(self, direction: Direction, carried: _Carried, data: memoryview, sink: socket.socket) -> None:
        while data:
            await carried.audible.wait()
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

    def _step_bytes(self) -> int:
        """Return how many bytes may be sent now: not past the next planned cut, not faster than the rate."""
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


class _Arrivals:
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


class _Delayed(_Arrivals):
    """The data that a socket receives, with every byte and the end delayed."""

    def __init__(self, source: socket.socket, delay_s: float) -> None:
        super().__init__(source)
        self._delay_s = delay_s
        self._in_flight: asyncio.Queue[tuple[float, bytes | OSError]] = asyncio.Queue(MAX_CHUNKS_IN_FLIGHT)
        self._receiving = asyncio.create_task(self._receive())

    async def __aexit__(self, *_: object) -> None:
        """Stop receiving before the socket is closed."""
        await _cancel(self._receiving)

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


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
