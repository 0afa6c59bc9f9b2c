"""
One lane as its sender knows it: what is under way on it, how fast it delivers, and how much it may hold.

The estimate follows BBR (draft-ietf-ccwg-bbr): the highest delivery rate of late times the least round trip.
Runs on a box's Python 3.8.
"""

from __future__ import annotations

from collections import deque

from .frame import LONGEST_BYTES, ProtocolError

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Deque, List, Tuple

    # A piece on its way: when it went, what was delivered by then and when, when what was delivered last had gone,
    # whether the lane was full.
    _Sent = Tuple["Piece", float, int, float, float, bool]

# A lane may hold what it delivers in so many round trips, and a little for the schedulers of both machines.
_GAIN = 2
_SLACK_S = 0.05
_FIRST_WINDOW_BYTES = 1 << 17
_RATE_WINDOW_S, _RATE_WINDOW_ROUNDS = 1.0, 10
# What waits in the lane itself hides the round trip: from time to time we let it run nearly empty, and look. Each lane
# has its turn for that: what is queued in the others fills the line meanwhile.
_PROBE_AFTER_S, _TURN_S, _TURNS = 15.0, 1.5, 16
_PROBE_SHARE = 0.25
_FULL_SHARE = 0.75
_LATE_ROUNDS = 2


class Piece:
    """A sequenced frame that was not handed on at the other end yet; its payload is dropped once it has arrived."""

    __slots__ = ("copies", "cost_bytes", "kind", "lane", "number", "payload", "sent_s")

    def __init__(self, kind: int, number: int, payload: bytes, cost_bytes: int) -> None:
        self.kind = kind
        self.number = number
        self.payload = payload
        self.cost_bytes = cost_bytes
        self.copies = 0
        self.sent_s = 0.0
        self.lane: Lane | None = None


class Lane:
    """
    Both directions of one connection; all times are of one monotonic clock, in seconds.

    :ivar rate_bytes_s: the highest rate at which it delivered of late; 0 while nothing is known.
    :ivar window_bytes: how much may be under way.
    :ivar delivered_s: when something was delivered last, or the first sent after a pause.
    """

    def __init__(self, number: int, now_s: float) -> None:
        self.number = number
        self.outgoing: Deque[bytes] = deque()
        self.outgoing_bytes = 0
        self.flight: Deque[_Sent] = deque()
        self.flight_bytes = 0
        self.received = self.received_bytes = 0
        self.round_trip_s = self._varies_s = 0.0
        self.rate_bytes_s = 0.0
        self.window_bytes = self._window_bytes = float(_FIRST_WINDOW_BYTES)
        self.delivered_bytes = 0
        self._acknowledged = 0
        self.delivered_s = self._first_sent_s = now_s
        self._rate = self._rate_before = 0.0
        self._rate_since_s = now_s
        self._least_s = 0.0
        self._least_seen_s = now_s
        self._probe_until_s = 0.0
        self._probe_least_s = 0.0

    @property
    def has_room(self) -> bool:
        """Whether it should take another frame: the connection takes what it is given, and it may hold more."""
        return self.outgoing_bytes < LONGEST_BYTES and (not self.flight or self.flight_bytes < self.window_bytes)

    @property
    def patience_s(self) -> float:
        """How long a frame may take before it counts as late."""
        return _LATE_ROUNDS * self.round_trip_s + 4 * self._varies_s + _SLACK_S

    def due_s(self, size: int) -> float:
        """Return how long a frame of this size would take to arrive."""
        rate = self.rate_bytes_s
        return (self.flight_bytes + size) / rate + self._least_s / 2 if rate else self.flight_bytes * 1e-6

    def queue(self, *buffers: bytes) -> None:
        """Put bytes behind what the connection has yet to take."""
        self.outgoing.extend(filter(None, buffers))
        self.outgoing_bytes += sum(map(len, buffers))

    def taken(self, size: int) -> None:
        """Drop what the connection took from the beginning of `outgoing`."""
        self.outgoing_bytes -= size
        while size:
            first = self.outgoing[0]
            if len(first) > size:
                self.outgoing[0] = memoryview(first)[size:]  # type: ignore[assignment]
                return
            size -= len(first)
            self.outgoing.popleft()

    def send(self, piece: Piece, head: bytes, now_s: float) -> None:
        """Put a piece on its way."""
        if not self.flight:
            self.delivered_s = self._first_sent_s = now_s
        is_full = self.outgoing_bytes > 0
        self.queue(head, piece.payload)
        self.flight_bytes += piece.cost_bytes
        is_full = (is_full or self.flight_bytes >= self.window_bytes * _FULL_SHARE) and not self._probe_until_s
        self.flight.append((piece, now_s, self.delivered_bytes, self.delivered_s, self._first_sent_s, is_full))
        piece.copies += 1
        piece.sent_s = now_s
        piece.lane = self

    def acknowledge(self, count: int, now_s: float) -> List[Piece]:
        """
        Return the pieces that arrived, now that the lane brought `count` of them since it began.

        :raises ProtocolError: that many were never sent.
        """
        fresh = count - self._acknowledged
        if fresh > len(self.flight):
            raise ProtocolError("a lane acknowledges what it never brought")
        if fresh <= 0:
            return []
        self._acknowledged = count
        sent = [self.flight.popleft() for _ in range(fresh)]
        size = sum(entry[0].cost_bytes for entry in sent)
        self.flight_bytes -= size
        self.delivered_bytes += size
        self.delivered_s = now_s
        self._learn(sent[-1], now_s)
        return [entry[0] for entry in sent]

    def _learn(self, last: _Sent, now_s: float) -> None:
        _, sent_s, delivered_bytes, delivered_s, first_sent_s, is_full = last
        took_s = max(now_s - sent_s, 1e-6)
        self._first_sent_s = sent_s
        # As TCP does (RFC 6298).
        if self.round_trip_s:
            self._varies_s += (abs(took_s - self.round_trip_s) - self._varies_s) / 4
            self.round_trip_s += (took_s - self.round_trip_s) / 8
        else:
            self.round_trip_s, self._varies_s = took_s, took_s / 2
        self._learn_least(took_s, now_s)
        elapsed_s = max(sent_s - first_sent_s, now_s - delivered_s)
        if elapsed_s >= self._least_s:
            self._learn_rate((self.delivered_bytes - delivered_bytes) / elapsed_s, now_s, is_full=is_full)
        window = self.rate_bytes_s * (_GAIN * self._least_s + _SLACK_S) + 1
        # A lane that had little to carry is not slow.
        self._window_bytes = window if is_full else max(self._window_bytes, window)
        self.window_bytes = self._window_bytes * (_PROBE_SHARE if self._probe_until_s else 1)

    def _learn_rate(self, rate: float, now_s: float, *, is_full: bool) -> None:
        if is_full and now_s - self._rate_since_s > max(_RATE_WINDOW_S, _RATE_WINDOW_ROUNDS * self._least_s):
            self._rate, self._rate_before, self._rate_since_s = rate, self._rate, now_s
        self._rate = max(self._rate, rate)
        self.rate_bytes_s = max(self._rate, self._rate_before)

    def _learn_least(self, took_s: float, now_s: float) -> None:
        if not self._least_s or took_s <= self._least_s:
            self._least_s, self._least_seen_s = took_s, now_s
        if self._probe_until_s:
            self._probe_least_s = min(self._probe_least_s, took_s)
            if now_s >= self._probe_until_s:
                self._least_s, self._least_seen_s, self._probe_until_s = self._probe_least_s, now_s, 0.0
        elif now_s - self._least_seen_s > _PROBE_AFTER_S and int(now_s / _TURN_S) % _TURNS == self.number % _TURNS:
            self._probe_least_s = took_s
            self._probe_until_s = now_s + 3 * self._least_s + 2 * _SLACK_S
