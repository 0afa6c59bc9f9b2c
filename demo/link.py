"""A simulated bad network: a TCP proxy on loopback that counts, throttles, delays, cuts, goes silent and refuses."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from .arrivals import Arrivals, Delayed
from .background import BackgroundLoop, cancel
from .traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from .traffic import Direction

# Small buffers keep the ends of a throttled link from sending much ahead.
THROTTLED_BUFFER_BYTES = 64 << 10

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
        self._traffic = Traffic(rate_bytes_s)
        self._open: set[_Carried] = set()
        self._silent = False
        self._welcoming: asyncio.Task[None] | None = None

    @property
    def bytes_up(self) -> int:
        return self._traffic.sent("up")

    @property
    def bytes_down(self) -> int:
        return self._traffic.sent("down")

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
            await cancel(self._welcoming)
            self._welcoming = None
            self._door.close()
            self._door = self._bind()

    async def _close(self) -> None:
        await self._refuse()
        await self._drop(lambda _: True)
        self._door.close()

    async def _drop(self, chosen: Callable[[_Carried], bool]) -> None:
        await cancel(*(carried.task for carried in self._open if chosen(carried)))

    async def _plan(self, total_bytes: int, action: Callable[[], None]) -> None:
        self._traffic.plan(total_bytes, action)

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
        async with Delayed(source, self._delay_s) if self._delay_s else Arrivals(source) as arrivals:
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
                await self._traffic.send(direction, data, sink, carried.audible)
