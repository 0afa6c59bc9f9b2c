"""Lanes on a virtual clock: each has a rate and a delay, stalls and is cut as a test wants; no sockets, no waiting."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.link.stripe.flow import Receiver, Sender
from ssh_transport.link.stripe.frame import DATA, EOF, Decoder
from ssh_transport.link.stripe.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterable

STEP_S = 0.001
# What a socket takes before it says that it is full.
_SOCKET_BYTES = 1 << 18


@dataclass(eq=False)
class Path:
    """One connection; `stalls` are times from and to which nothing moves."""

    rate_bytes_s: float
    delay_s: float
    stalls: tuple[tuple[float, float], ...] = ()
    lane: Lane = field(init=False)
    decoder: Decoder = field(init=False)
    socket: bytearray = field(default_factory=bytearray)
    wire: deque[tuple[float, bytes]] = field(default_factory=deque)
    back: deque[tuple[float, int, int]] = field(default_factory=deque)
    allowance: float = 0
    arrived_bytes: int = 0

    def moves(self, now_s: float) -> bool:
        return not any(since <= now_s < until for since, until in self.stalls)


class World:
    """A sender, a receiver, and the paths between them; what is sent are the numbers of a seeded stream."""

    def __init__(self, paths: Iterable[Path], limit_bytes: int = 32 << 20, total_bytes: int | None = None) -> None:
        self.now_s = 0.0
        self.sender = Sender(limit_bytes)
        self.receiver = Receiver(limit_bytes, frozenset((DATA, EOF)))
        self.paths: list[Path] = []
        self.received = bytearray()
        self.received_bytes = 0
        self.sent_bytes = 0
        self.has_ended = False
        self.most_held_bytes = 0
        self._total_bytes = total_bytes
        self._made = 0
        self._eof = False
        for path in paths:
            self.add(path)

    def add(self, path: Path) -> None:
        path.lane, path.decoder = Lane(self._made, self.now_s), Decoder(greeting=False)
        self._made += 1
        self.paths.append(path)
        self.sender.lanes.append(path.lane)

    def cut(self, path: Path) -> None:
        """End a path with all that is on it, in both directions."""
        self.paths.remove(path)
        self.sender.lose(path.lane)

    def run(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s and not self.has_ended:
            self.step()

    def step(self) -> None:
        self.now_s += STEP_S
        for path in self.paths:
            self._arrive(path)
        self._fill()
        if int(self.now_s / STEP_S) % 50 == 0:
            self.sender.repair(self.now_s)
        self.sender.assign(self.now_s)
        for path in self.paths:
            self._depart(path)
        self.most_held_bytes = max(self.most_held_bytes, self.receiver._held_bytes, self.sender._held_bytes)

    def _fill(self) -> None:
        while self.sender.wants and not self._eof:
            size = self.sender.frame_bytes
            if self._total_bytes is not None:
                size = min(size, self._total_bytes - self.sent_bytes)
            if size:
                self.sender.push(DATA, _text(self.sent_bytes, size))
                self.sent_bytes += size
            else:
                self._eof = True
                self.sender.push(EOF)
            self.sender.assign(self.now_s)

    def _depart(self, path: Path) -> None:
        while path.lane.outgoing and len(path.socket) < _SOCKET_BYTES:
            size = min(len(path.lane.outgoing[0]), _SOCKET_BYTES - len(path.socket))
            path.socket += path.lane.outgoing[0][:size]
            path.lane.taken(size)
        if path.moves(self.now_s):
            path.allowance = min(path.allowance + path.rate_bytes_s * STEP_S, path.rate_bytes_s * STEP_S * 2)
            size = min(int(path.allowance), len(path.socket))
            if size:
                path.allowance -= size
                path.wire.append((self.now_s + path.delay_s, bytes(path.socket[:size])))
                del path.socket[:size]

    def _arrive(self, path: Path) -> None:
        if not path.moves(self.now_s):
            return
        heard = False
        while path.wire and path.wire[0][0] <= self.now_s:
            data = path.wire.popleft()[1]
            path.arrived_bytes += len(data)
            while data:
                space = path.decoder.space()
                size = min(len(space), len(data))
                space[:size] = data[:size]
                data = data[size:]
                for kind, number, payload in path.decoder.read(size):
                    heard = True
                    path.lane.received += 1
                    self.receiver.accept(kind, number, payload)
        self._consume()
        if heard:
            path.back.append((self.now_s + path.delay_s, self.receiver.consumed, path.lane.received))
        while path.back and path.back[0][0] <= self.now_s:
            _, consumed, count = path.back.popleft()
            self.sender.acknowledge(path.lane, consumed, count, self.now_s)

    def _consume(self) -> None:
        while self.receiver.ready:
            kind, payload = self.receiver.ready[0]
            assert payload == (b"" if kind == EOF else _text(self.received_bytes, len(payload)))
            self.received_bytes += len(payload)
            self.has_ended = kind == EOF
            self.receiver.handed_on()


# A period that no frame has: what is lost, doubled or swapped shows.
_PATTERN = random.Random(7).randbytes(1_000_003) * 2  # noqa: S311 - the same in every run


def _text(start: int, size: int) -> bytes:
    start %= 1_000_003
    return _PATTERN[start : start + size]
