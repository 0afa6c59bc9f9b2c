"""
Our end: commands on the box, one after another, over several `ssh` that are replaced when they break.

Part of a program of its own, `python -I -S` on this directory: standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

from . import bootstrap
from .frame import BYE, DATA, EOF, ERROR, EXIT, LAST, RUN, SHUT, ProtocolError
from .growth import Growth
from .logins import LOGIN_S, Logins
from .pump import Pump

if TYPE_CHECKING:
    from .order import Order
    from .wire import Wire

LOST = 255  # what `ssh` exits with
NOT_OURS = 91  # what came from the box is not what our far end sends
# How long the far end may take to hear that all is over; the second is for when somebody waits for our own end.
GOODBYE_S, SHORT_GOODBYE_S = 2, 0.8
_SOON_S = 0.1
_STATUS_EVERY_S = 0.5


class Over(Exception):
    """Nothing more can be carried; `args` is the exit code for it."""


class Stopped(Over):
    """We were told to end: there is not much time for a goodbye."""


class Done(Over):
    """The last command went well, and the far end has ended with it."""


class Near(Pump):
    """
    Carries the streams of commands over the lanes, which it opens, watches and replaces.

    :param host: the words behind `Order.ssh` that lead to the box.
    """

    def __init__(self, order: Order, host: list[str]) -> None:
        kinds = frozenset((DATA, ERROR, EOF, SHUT, EXIT))
        super().__init__(order.limit_bytes, order.outgoing_share, kinds, order.stall_s)
        self._order = order
        self._growth = Growth(order.streams, max(order.streams, order.most))
        self._logins = Logins(order, host, self.selector)
        self._up_s = self._told_s = self.now_s
        for wire in self._logins.begin():
            self._take_up(wire)

    def want(self, first: int, most: int) -> None:
        """Have so many lanes at least, and up to `most` if they make it faster."""
        self._growth = Growth(max(first, self._growth.wanted), max(most, self._growth.wanted))

    def run(self, command: bytes, stdin: int, stdout: int, *, is_last: bool = False) -> int:
        """
        Run a command on the box, carry its streams to their ends, close ours, and return its exit code.

        :param is_last: whether none comes after it, if it goes well.
        :raises Over: the link is of no use any more; `sink` tells whether ours is still open.
        """
        self.ended = None
        self.receiver.begin()
        self.sources, self.sink = {stdin: DATA}, stdout
        self.sender.push(LAST if is_last else RUN, command)
        self.flush()
        while self.ended is None:
            self.turn()
        if self._order.counts is not None:
            # Before rsync hears of the end, and ends too.
            os.pwrite(self._order.counts, (self.ended + 1).to_bytes(8, "little"), 16)
        self.drop_streams()
        self._told_s = 0
        self._tell()
        return self.ended

    def turn(self) -> None:
        """
        Carry what there is, tell how it is, replace what broke.

        :raises Over: see `run`.
        """
        try:
            self.step(1.0 if len(self.wires) >= self._growth.wanted else _SOON_S)
        except ProtocolError as exc:
            say(f"the box does not speak our protocol: {exc}")
            raise Over(NOT_OURS) from exc
        self._tell()
        greeted = sum(wire.decoder.greeted for wire in self.wires)
        if self.failure is not None:
            say(f"the far end can't go on: {self.failure!a}")
            raise Over(LOST)
        if greeted:
            self._up_s = self.now_s
            self._grow(greeted)
        elif not self._logins.is_up and all(wire.lane.number for wire in self.wires):
            self._begin_again()
        elif self._logins.refusal:
            # Told as `ssh` told it: whoever reads knows these words.
            os.write(2, self._logins.refusal)
            raise Over(LOST)
        elif self._logins.is_up and self.now_s - self._up_s > self._order.grace_s:
            words = self._logins.last_words.decode("ascii", "replace")
            say(f"no connection for {self._order.grace_s:.0f} s: {words!a}")
            raise Over(LOST)
        self._restaff()

    def leave(self, longest_s: float) -> None:
        """Let the far end know that all is over, wait so long for it to have heard, and end every `ssh`."""
        self.farewell(BYE)
        until_s = time.monotonic() + longest_s
        lanes = len(self.sender.lanes)
        # It closes what it has.
        while lanes and len(self.sender.lanes) == lanes and time.monotonic() < until_s:
            with contextlib.suppress(ProtocolError):
                self.step(until_s - time.monotonic())
        for wire in self.wires[:]:
            self.lose(wire)
        self._logins.kill_leaving()

    def lose(self, wire: Wire) -> None:
        """End the lane's `ssh`; another takes its place."""
        super().lose(wire)
        self._logins.end(wire)

    def greeted(self, wire: Wire) -> None:
        """The far end has taken up a lane."""
        if wire.lane not in self.sender.lanes:
            super().greeted(wire)
        self._logins.greeted()

    def _grow(self, greeted: int) -> None:
        carried_bytes = self.sender.sent_bytes - self.sender.again_bytes + self.received_bytes
        round_trip_s = max(lane.round_trip_s for lane in self.sender.lanes)
        self._growth.look(greeted, carried_bytes, round_trip_s, self.now_s)

    def _restaff(self) -> None:
        for wire in self._logins.overdue(self.now_s):
            self.lose(wire)
        for wire in self._logins.replace(self._growth.wanted, self.now_s, alone=not self.sender.lanes):
            self._take_up(wire)

    def _take_up(self, wire: Wire) -> None:
        if not wire.lane.number:
            # Nothing is there that could greet before this one; what it is sent is read when it can be.
            self.sender.lanes.append(wire.lane)
        self.add(wire)

    def _begin_again(self) -> None:
        """
        Log in by ourselves where what was lent comes to nothing.

        :raises Over: we did so already.
        """
        if self._logins.first is not None:
            raise Over(self._refused(self._logins.first))
        for wire in self.wires[:]:
            self.lose(wire)
        self._take_up(self._logins.begin_again())

    def _refused(self, first: subprocess.Popen[bytes]) -> int:
        """Return what the first login ended with: there was never a connection."""
        try:
            code = first.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            say(f"no answer within {LOGIN_S} s")
            return LOST
        if code in bootstrap.NOT_FOUND:
            say(f"no {self._order.python} of at least {'.'.join(map(str, bootstrap.OLDEST))} on the box")
            return bootstrap.NO_PYTHON
        if code != LOST:
            say(f"the far end did not start: exit code {code}")
        return LOST

    def _tell(self) -> None:
        order = self._order
        if order.counts is not None:
            counts = self.sender.sent_bytes, self.received_bytes
            os.pwrite(order.counts, b"".join(count.to_bytes(8, "little") for count in counts), 0)
        if order.status is not None and self.now_s - self._told_s > _STATUS_EVERY_S:
            self._told_s = self.now_s
            with contextlib.suppress(OSError):
                os.write(order.status, json.dumps(self._status()).encode() + b"\n")

    def _status(self) -> dict[str, Any]:
        lanes = [
            {
                "number": lane.number,
                "sent_bytes": lane.delivered_bytes,
                "received_bytes": lane.received_bytes,
                "round_trip_s": round(lane.round_trip_s, 4),
            }
            for lane in self.sender.lanes
        ]
        return {"heals": self._logins.heals, "again_bytes": self.sender.again_bytes, "lanes": lanes}


def say(words: str) -> None:
    """Say it where rsync's own words go."""
    os.write(2, f"ssh-transport: {words}\n".encode(errors="replace"))
