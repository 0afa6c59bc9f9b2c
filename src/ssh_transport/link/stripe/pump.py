"""
The loop of both ends: lanes, what is read into the stream, what is written out of it. Runs on a box's Python 3.8.

One thread, nothing blocks. Lanes are always read, so that acknowledgements are prompt however slow the reader of the
stream is; what may be under way bounds what that can bring.
"""

from __future__ import annotations

import os
import selectors
import time
from itertools import islice

from .descriptors import prepare, write_all
from .flow import Receiver, Sender
from .frame import ACK, BYE, DATA, EOF, ERROR, EXIT, FAIL, LAST, PING, RUN, SEQUENCED, SHUT, ack, count_of, head
from .gathering import Gathering
from .wire import Wire

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, FrozenSet, List, Optional

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_TICK_S = 0.05
_BUFFERS_AT_ONCE = 64
_READS_AT_ONCE = 16
_PINGS_PER_STALL = 4


class Pump:
    """
    Carries what `sources` bring to the other end, and what comes from there to `sink`.

    :param limit_bytes: for both directions together, at this end.
    :param outgoing_share: of that, from 0 to 1; the rest is for what comes.
    :param kinds: the sequenced frames that may come.
    :param stall_s: a lane that says nothing for so long is lost.
    :ivar ended: how the command ended, once the other side said so.
    """

    def __init__(self, limit_bytes: int, outgoing_share: float, kinds: FrozenSet[int], stall_s: float) -> None:
        self.selector = selectors.PollSelector()
        outgoing_bytes = int(limit_bytes * outgoing_share)
        self.sender = Sender(outgoing_bytes)
        self.receiver = Receiver(limit_bytes - outgoing_bytes, kinds)
        self.wires: List[Wire] = []
        self.sources: Dict[int, int] = {}
        self.sink: Optional[int] = None
        self.ended: Optional[int] = None
        self.said_bye = False
        self.failure: Optional[str] = None
        self.received_bytes = 0
        self.now_s = time.monotonic()
        self._stall_s = stall_s
        self._gathering = Gathering()
        self._written = 0
        self._is_sink_blocked = False
        self._ticked_s = self.now_s
        self._announced = 0

    def add(self, wire: Wire) -> None:
        """Take up a lane; one that has yet to be greeted carries nothing until then."""
        prepare(wire.reader, wire.writer)
        self._gathering.reads(wire.reader)
        self.wires.append(wire)
        self.selector.register(wire.reader, READ, lambda: self._hear(wire))
        if wire.decoder.greeted:
            self.sender.lanes.append(wire.lane)
        self._write(wire)

    def lose(self, wire: Wire) -> None:
        """Give up a lane, and close its descriptors."""
        self.wires.remove(wire)
        if wire.lane in self.sender.lanes:
            self.sender.lose(wire.lane)
        self.selector.unregister(wire.reader)
        self._gathering.forgets(wire.reader)
        if wire.is_blocked:
            self.selector.unregister(wire.writer)
        os.close(wire.reader)
        os.close(wire.writer)
        # The last acknowledgement may have been lost with it.
        self._announced = -1

    def step(self, longest_s: float = 1.0) -> None:
        """Wait until something can be done, and do it."""
        busy = not self.sender.is_idle or self._announced != self.receiver.consumed
        # Who waits for longer than a lane may be silent asks it too late.
        idle_s = min(longest_s, self._stall_s / _PINGS_PER_STALL)
        carried_bytes = self.received_bytes + self.sender.sent_bytes
        self._gathering.rest(carried_bytes, self.sink if self._is_sink_blocked else None)
        for key, _ in self.selector.select(_TICK_S if busy else idle_s):
            # An earlier one may have ended this one.
            if self.selector.get_map().get(key.fd) is key:
                key.data()
        self.now_s = time.monotonic()
        self._hand_on()
        if self.now_s - self._ticked_s >= _TICK_S:
            self._tick()
        self.flush()

    def flush(self) -> None:
        """Send what can be sent now."""
        self.sender.assign(self.now_s)
        self._acknowledge()
        for wire in self.wires[:]:
            if wire.lane.outgoing:
                self._write(wire)
        self._want_sources()

    def farewell(self, kind: int, text: str = "") -> None:
        """Say a last thing on every lane, as far as they take it at once."""
        payload = text.encode("utf-8", "replace")[:1000]
        for wire in self.wires[:]:
            if wire.lane in self.sender.lanes:
                wire.lane.queue(ack(self.receiver.consumed, wire.lane.received), head(kind, 0, len(payload)), payload)
                self._write(wire)

    def end_source(self, fd: int) -> None:
        """Read this no more; if it was the stream, that ends here."""
        if self.sources[fd] == DATA:
            self.sender.push(EOF)
        self._drop_source(fd)

    def drop_streams(self) -> None:
        """Let go of what belongs to a command that has ended."""
        for fd in list(self.sources):
            self._drop_source(fd)
        self._close_sink()

    def _drop_source(self, fd: int) -> None:
        del self.sources[fd]
        self._gathering.forgets(fd)
        if fd in self.selector.get_map():
            self.selector.unregister(fd)
        os.close(fd)

    def start(self, command: bytes, *, is_last: bool) -> None:
        """Start what the other side asks for."""

    def greeted(self, wire: Wire) -> None:
        """Take up a lane that the other side has taken up."""
        self.sender.lanes.append(wire.lane)

    def _hear(self, wire: Wire) -> None:
        try:
            size = os.readv(wire.reader, [wire.decoder.space()])
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self.lose(wire)
            return
        was_greeted = wire.decoder.greeted
        frames = wire.decoder.read(size)
        if wire.decoder.greeted and not was_greeted:
            self.greeted(wire)
        wire.heard_s = time.monotonic()
        for frame in frames:
            self._take(wire, *frame)

    def _take(self, wire: Wire, kind: int, number: int, payload: bytes) -> None:
        if kind in SEQUENCED:
            wire.lane.received += 1
            wire.lane.received_bytes += len(payload)
            wire.owes_ack = True
            self.received_bytes += len(payload)
            self.receiver.accept(kind, number, payload)
        elif kind == ACK:
            self.sender.acknowledge(wire.lane, number, count_of(payload), wire.heard_s)
        elif kind == PING:
            wire.owes_ack = True
        elif kind == BYE:
            self.said_bye = True
        elif kind == FAIL:
            self.failure = payload.decode("utf-8", "replace")

    def _hand_on(self) -> None:
        ready = self.receiver.ready
        while ready and not self._is_sink_blocked:
            kind, payload = ready[0]
            if kind == DATA and self.sink is not None:
                self._write_sink()
                continue
            if kind == ERROR:
                write_all(2, payload)
            elif kind == EOF:
                self._close_sink()
            elif kind == SHUT:
                for fd in [fd for fd, its_kind in self.sources.items() if its_kind == DATA]:
                    self.end_source(fd)
            elif kind == EXIT:
                self.ended = payload[0]
            elif kind in (RUN, LAST):
                self.start(payload, is_last=kind == LAST)
            self.receiver.handed_on()

    def _write_sink(self) -> None:
        """Write what comes next of the stream, up to the first frame of another kind."""
        ready = self.receiver.ready
        buffers = self.receiver.of_stream()
        buffers[0] = memoryview(buffers[0])[self._written :]  # type: ignore[call-overload]
        try:
            self._written += os.writev(self.sink or 0, buffers)
        except BlockingIOError:
            self._is_sink_blocked = True
            self.selector.register(self.sink or 0, WRITE, self._unblock_sink)
            return
        except OSError:
            self.sender.push(SHUT)
            self._close_sink()
            return
        while ready and ready[0][0] == DATA and self._written >= len(ready[0][1]):
            self._written -= len(ready[0][1])
            self.receiver.handed_on()

    def _unblock_sink(self) -> None:
        self.selector.unregister(self.sink or 0)
        self._is_sink_blocked = False

    def _close_sink(self) -> None:
        self._written = 0
        if self._is_sink_blocked:
            self._unblock_sink()
        if self.sink is not None:
            os.close(self.sink)
        self.sink = None

    def _tick(self) -> None:
        self._ticked_s = self.now_s
        self.sender.repair(self.now_s)
        for wire in self.wires[:]:
            moved_s = wire.lane.delivered_s if wire.lane.flight else wire.heard_s
            if wire.decoder.greeted and self.now_s - min(wire.heard_s, moved_s) > self._stall_s:
                self.lose(wire)
                continue
            wire.owes_ack |= wire.announced != self.receiver.consumed
            if wire.decoder.greeted and self.now_s - wire.pinged_s > self._stall_s / _PINGS_PER_STALL:
                wire.pinged_s = self.now_s
                if wire.takes_acks:
                    wire.lane.queue(head(PING, 0, 0))

    def _acknowledge(self) -> None:
        consumed = self.receiver.consumed
        owing = [wire for wire in self.wires if wire.owes_ack and wire.takes_acks]
        if not owing and self._announced != consumed:
            able = [wire for wire in self.wires if wire.takes_acks]
            owing = [min(able, key=lambda wire: wire.lane.round_trip_s)] if able else []
        for wire in owing:
            wire.lane.queue(ack(consumed, wire.lane.received))
            wire.owes_ack, wire.announced, self._announced = False, consumed, consumed

    def _write(self, wire: Wire) -> None:
        outgoing = wire.lane.outgoing
        while outgoing and not wire.is_blocked:
            try:
                wire.lane.taken(os.writev(wire.writer, list(islice(outgoing, _BUFFERS_AT_ONCE))))
            except BlockingIOError:
                wire.is_blocked = True
                self.selector.register(wire.writer, WRITE, lambda: self._unblock(wire))
            except OSError:
                self.lose(wire)
                return

    def _unblock(self, wire: Wire) -> None:
        self.selector.unregister(wire.writer)
        wire.is_blocked = False
        self._write(wire)

    def _want_sources(self) -> None:
        wants = self.sender.wants
        for fd in self.sources:
            is_watched = fd in self.selector.get_map()
            if wants and not is_watched:
                if self.sources[fd] == DATA:
                    self._gathering.reads(fd)
                self.selector.register(fd, READ, lambda fd=fd: self._fill(fd))
            elif is_watched and not wants:
                self.selector.unregister(fd)

    def _fill(self, fd: int) -> None:
        for _ in range(_READS_AT_ONCE):
            if not self.sender.wants:
                return
            try:
                data = os.read(fd, self.sender.frame_bytes)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.end_source(fd)
                return
            self.sender.push(self.sources[fd], data)
            self.sender.assign(time.monotonic())
