"""A lane with what the loop needs to know of its connection. Runs on a box's Python 3.8."""

from __future__ import annotations

from .frame import Decoder
from .lane import Lane

# Behind this much that a lane has yet to take, an acknowledgement waits until it took some.
_ACK_BEHIND_BYTES = 1 << 19


class Wire:
    """A lane with its descriptors."""

    def __init__(self, lane: Lane, reader: int, writer: int, now_s: float, *, greeting: bool) -> None:
        self.lane = lane
        self.reader = reader
        self.writer = writer
        self.decoder = Decoder(greeting=greeting)
        self.since_s = self.heard_s = self.pinged_s = now_s
        self.owes_ack = False
        self.announced = 0
        self.is_blocked = False

    @property
    def takes_acks(self) -> bool:
        """Whether an acknowledgement queued now would leave soon."""
        return self.decoder.greeted and self.lane.outgoing_bytes < _ACK_BEHIND_BYTES
