"""
One direction of the stream over several lanes: what goes onto which, and in which order what comes is handed on.

No input or output here, and no clock: the caller tells the time. Runs on a box's Python 3.8.
"""

from __future__ import annotations

import heapq
from collections import deque
from itertools import islice

from .frame import DATA, EOF, EXIT, LAST, LONGEST_BYTES, RUN, ProtocolError, head
from .lane import Lane, Piece

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Deque, Dict, FrozenSet, List, Tuple

# What a frame costs beside its payload: a million frames of one byte must not pass for a megabyte.
OVERHEAD_BYTES = 256
# Room for the few frames that say how the stream ends.
_SPARE_BYTES = 16 * OVERHEAD_BYTES
# A frame is what all lanes together carry in this time, so that their number bounds the work, and the tail is short.
_FRAME_S = 0.001
_SHORTEST_BYTES = 1 << 14
_LATE_LOOKED_AT = 64
# As much as a pipe takes at once, and a socket takes less; many times as much may wait behind it.
_PAYLOADS_AT_ONCE, _BYTES_AT_ONCE = 64, 1 << 20


class Sender:
    """
    Spreads numbered frames over lanes, and keeps each until the other side has it.

    :param limit_bytes: what may be sent and not yet handed on at the other end.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.lanes: List[Lane] = []
        self.sent_bytes = self.again_bytes = 0
        self._limit_bytes = limit_bytes
        self._pieces: Dict[int, Piece] = {}
        self._missing: Dict[int, Piece] = {}
        self._held_bytes = 0
        self._next = 0
        self._fresh: Deque[Piece] = deque()
        self._again: List[int] = []

    @property
    def is_idle(self) -> bool:
        """Whether everything was handed on at the other end."""
        return not self._pieces

    @property
    def wants(self) -> bool:
        """Whether more of the stream can be taken up: there is room for it, here and on a lane."""
        if self._fresh or self._again or self._held_bytes + LONGEST_BYTES + OVERHEAD_BYTES > self._limit_bytes:
            return False
        return any(lane.has_room for lane in self.lanes)

    @property
    def frame_bytes(self) -> int:
        """How much of the stream should go into the next frame."""
        rate = sum(lane.rate_bytes_s for lane in self.lanes)
        return max(_SHORTEST_BYTES, min(LONGEST_BYTES, int(rate * _FRAME_S)))

    def push(self, kind: int, payload: bytes = b"") -> None:
        """Append a frame to the stream."""
        piece = Piece(kind, self._next, payload, len(payload) + OVERHEAD_BYTES)
        self._pieces[self._next] = self._missing[self._next] = piece
        self._held_bytes += piece.cost_bytes
        self._fresh.append(piece)
        self._next += 1

    def assign(self, now_s: float) -> None:
        """Queue what can be sent now on the lanes where it arrives first."""
        if not (self._fresh or self._again):
            return
        free = [lane for lane in self.lanes if lane.has_room]
        while free:
            piece = self._due()
            if piece is None:
                return
            lane = self._first(free, piece)
            self._send(piece, lane, now_s)
            if not lane.has_room:
                free.remove(lane)

    def repair(self, now_s: float) -> None:
        """Send what is late once more, over lanes that have nothing else to do; to be called some times a second."""
        if self._fresh or self._again:
            return
        # Most are not late for any lane.
        least_s = min((lane.patience_s for lane in self.lanes), default=0.0)
        for piece in list(islice(self._missing.values(), _LATE_LOOKED_AT)):
            if now_s - piece.sent_s <= least_s:
                continue
            free = [lane for lane in self.lanes if lane is not piece.lane and lane.has_room and lane.round_trip_s]
            if not free:
                continue
            lane = self._first(free, piece)
            if now_s - piece.sent_s > lane.patience_s:
                self.again_bytes += len(piece.payload)
                self._send(piece, lane, now_s)

    def acknowledge(self, lane: Lane, consumed: int, count: int, now_s: float) -> None:
        """
        Take note that this lane brought `count` frames, and that all below `consumed` were handed on.

        :raises ProtocolError: so much was never sent.
        """
        if consumed > self._next:
            raise ProtocolError("an acknowledgement of what was never sent")
        for piece in lane.acknowledge(count, now_s):
            piece.copies -= 1
            piece.payload = b""
            self._missing.pop(piece.number, None)
        while self._pieces:
            number = next(iter(self._pieces))
            if number >= consumed:
                break
            self._held_bytes -= self._pieces.pop(number).cost_bytes
            self._missing.pop(number, None)

    def lose(self, lane: Lane) -> None:
        """Give up a lane: what was on it alone is sent again."""
        self.lanes.remove(lane)
        for piece, *_ in lane.flight:
            piece.copies -= 1
            if not piece.copies and piece.number in self._missing:
                heapq.heappush(self._again, piece.number)
        lane.flight.clear()

    def _due(self) -> Piece | None:
        while self._again:
            piece = self._missing.get(heapq.heappop(self._again))
            if piece and not piece.copies:
                self.again_bytes += len(piece.payload)
                return piece
        return self._fresh.popleft() if self._fresh else None

    @staticmethod
    def _first(lanes: List[Lane], piece: Piece) -> Lane:
        """Return the lane on which the piece would arrive first."""
        return min((lane.due_s(piece.cost_bytes), lane.number, lane) for lane in lanes)[2]

    def _send(self, piece: Piece, lane: Lane, now_s: float) -> None:
        self.sent_bytes += len(piece.payload)
        lane.send(piece, head(piece.kind, piece.number, len(piece.payload)), now_s)


class Receiver:
    """
    Puts frames in order, drops what came twice, and holds no more than the sender may send.

    :param kinds: what may come.
    :ivar ready: what is next in order, until it is `handed_on`.
    """

    def __init__(self, limit_bytes: int, kinds: FrozenSet[int]) -> None:
        self.ready: Deque[Tuple[int, bytes]] = deque()
        self.consumed = 0
        self._limit_bytes = limit_bytes + _SPARE_BYTES
        self._kinds = kinds
        self._early: Dict[int, Tuple[int, bytes]] = {}
        self._held_bytes = 0
        self._next = 0
        self._ended: FrozenSet[int] = frozenset()

    def accept(self, kind: int, number: int, payload: bytes) -> None:
        """
        Take in a frame of any lane.

        :raises ProtocolError: it can't come here, or more is under way than was agreed.
        """
        if number < self._next or number in self._early:
            return
        self._held_bytes += len(payload) + OVERHEAD_BYTES
        if self._held_bytes > self._limit_bytes or (number - self.consumed) * OVERHEAD_BYTES > self._limit_bytes:
            raise ProtocolError("more under way than was agreed")
        if kind not in self._kinds:
            raise ProtocolError("a frame of kind %d in this direction" % kind)
        self._early[number] = (kind, payload)
        while self._next in self._early:
            kind, payload = self._early.pop(self._next)
            if kind in (RUN, LAST):
                self.begin()
            if kind in self._ended:
                raise ProtocolError("a frame of kind %d behind the end" % kind)
            if kind == EXIT:
                self._ended = self._kinds
            elif kind == EOF:
                self._ended = frozenset((DATA, EOF))
            self.ready.append((kind, payload))
            self._next += 1

    def begin(self) -> None:
        """Expect what belongs to another command."""
        self._ended = frozenset()

    def of_stream(self) -> List[bytes]:
        """Return what the sink may take at once of `ready`, up to the first frame that is not of the stream."""
        payloads: List[bytes] = []
        size = 0
        for kind, payload in islice(self.ready, _PAYLOADS_AT_ONCE):
            if kind != DATA or size > _BYTES_AT_ONCE:
                break
            payloads.append(payload)
            size += len(payload)
        return payloads

    def handed_on(self) -> None:
        """Take note that the first of `ready` has left us."""
        self._held_bytes -= len(self.ready.popleft()[1]) + OVERHEAD_BYTES
        self.consumed += 1
