"""A lane with what the loop needs to know of its connection. Runs on a box's Python 3.8."""

from __future__ import annotations

from .frame import Decoder
from .lane import Lane


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
