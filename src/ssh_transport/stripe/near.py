"""
Our end: commands on the box, one after another, over several `ssh` that are replaced when they break.

Part of a program of its own, `python -I -S` on this directory: standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any

from . import bootstrap
from .descriptors import widen
from .frame import BYE, DATA, EOF, ERROR, EXIT, RUN, SHUT, ProtocolError
from .growth import Growth
from .lane import Lane
from .pump import READ, Pump
from .wire import Wire

LOST = 255  # what `ssh` exits with
NOT_OURS = 91  # what came from the box is not what our far end sends
_LOGINS_AT_ONCE = 8  # never refused by a stock sshd; see MaxStartups in sshd_config(5)
_LOGIN_S = 60
_SHORT_LIFE_S = 1
_RETRY_FROM_S, _RETRY_TO_S = 0.5, 15
GOODBYE_S = 2
_SOON_S = 0.1
_STATUS_EVERY_S = 0.5
_WORDS_BYTES = 1 << 16


@dataclass(frozen=True)
class Order:
    """
    What the task that runs rsync wants, from the variable `SSH_TRANSPORT_LINK`.

    :ivar lent: for the first lanes standard output and input of an `ssh`, and its process group; a shell on the box
        waits behind it for a line to run.
    :ivar limit_bytes: what each end holds at most; `outgoing_share` of it, from 0 to 1, is for what goes to the box.
    :ivar control: the socket over which commands come; without one, there is a single one, in the argv.
    """

    ssh: list[str]
    lent: list[tuple[int, int, int]] = field(default_factory=list)
    control: int | None = None
    counts: int | None = None
    lifeline: int | None = None
    status: int | None = None
    streams: int = 4
    most: int = 4
    python: str = "python3"
    limit_bytes: int = 64 << 20
    outgoing_share: float = 0.5
    grace_s: float = 600
    stall_s: float = 15


class Over(Exception):
    """Nothing more can be carried; `args` is the exit code for it."""


@dataclass
class _Login:
    process: subprocess.Popen[bytes]
    errors: int

    def kill(self) -> None:
        self.process.kill()


@dataclass
class _LentLogin:
    group: int

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            # So that its shell has the time to clean up behind it.
            os.killpg(self.group, signal.SIGTERM)


@dataclass
class _Far:
    """What every lane's helper is told."""

    token: str = field(default_factory=lambda: os.urandom(16).hex())
    name: str = field(default_factory=lambda: f"ssh-transport-stripe-{os.urandom(8).hex()}")


class Near(Pump):
    """
    Carries the streams of commands over the lanes, which it opens, watches and replaces.

    :param host: the words behind `Order.ssh` that lead to the box.
    """

    def __init__(self, order: Order, host: list[str]) -> None:
        kinds = frozenset((DATA, ERROR, EOF, SHUT, EXIT))
        super().__init__(order.limit_bytes, order.outgoing_share, kinds, order.stall_s)
        self.heals = 0
        self.last_words = b""
        self._order = order
        self._growth = Growth(order.streams, max(order.streams, order.most))
        self._behind = [*host, bootstrap.command(order.python)]
        self._far = _Far()
        self._logins: dict[Wire, _Login | _LentLogin] = {}
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._first: subprocess.Popen[bytes] | None = None
        self._made = self._failures = 0
        self._is_up = False
        self._up_s = self._login_from_s = self._told_s = self.now_s
        for reader, writer, group in order.lent:
            self._take_up(_LentLogin(group), reader, writer, f"{bootstrap.command(order.python)}\n".encode())
        if not order.lent:
            self._open()

    def want(self, first: int, most: int) -> None:
        """Have so many lanes at least, and up to `most` if they make it faster."""
        self._growth = Growth(max(first, self._growth.wanted), max(most, self._growth.wanted))

    def run(self, command: bytes, stdin: int, stdout: int) -> int:
        """
        Run a command on the box, carry its streams to their ends, close ours, and return its exit code.

        :raises Over: the link is of no use any more; `sink` tells whether ours is still open.
        """
        self.ended = None
        self.receiver.begin()
        self.sources, self.sink = {stdin: DATA}, stdout
        self.sender.push(RUN, command)
        self.flush()
        while self.ended is None:
            self.turn()
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
        elif not self._is_up and all(wire.lane.number for wire in self.wires):
            self._begin_again()
        elif self.now_s - self._up_s > self._order.grace_s:
            say(f"no connection for {self._order.grace_s:.0f} s: {self.last_words.decode('ascii', 'replace')!a}")
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
        for process in self._leaving:
            process.kill()

    def lose(self, wire: Wire) -> None:
        """End the lane's `ssh`; another takes its place."""
        super().lose(wire)
        login = self._logins[wire]
        if isinstance(login, _Login):
            self._hear_words(login.errors)
            if login.errors in self.selector.get_map():
                self.selector.unregister(login.errors)
            os.close(login.errors)
            self._leaving.append(login.process)
        del self._logins[wire]
        if self._is_up:
            login.kill()
            self.heals += 1
        now_s = time.monotonic()
        is_short = not wire.decoder.greeted or now_s - wire.since_s < _SHORT_LIFE_S
        # Several that fail together failed once.
        if is_short and now_s >= self._login_from_s:
            wait_s = min(_RETRY_TO_S, _RETRY_FROM_S * 2**self._failures)
            self._login_from_s = now_s + wait_s * random.uniform(0.5, 1)  # noqa: S311 - no secret
            self._failures += 1

    def greeted(self, wire: Wire) -> None:
        """The far end has taken up a lane."""
        if wire.lane not in self.sender.lanes:
            super().greeted(wire)
        self._is_up = True
        self._failures = 0

    def _grow(self, greeted: int) -> None:
        carried_bytes = self.sender.sent_bytes - self.sender.again_bytes + self.received_bytes
        round_trip_s = max(lane.round_trip_s for lane in self.sender.lanes)
        self._growth.look(greeted, carried_bytes, round_trip_s, self.now_s)

    def _restaff(self) -> None:
        self._leaving = [process for process in self._leaving if process.poll() is None]
        logging_in = [wire for wire in self.wires if not wire.decoder.greeted]
        for wire in logging_in:
            if self.now_s - wire.since_s > _LOGIN_S:
                self.lose(wire)
        if not self._is_up or self.now_s < self._login_from_s:
            return
        missing = self._growth.wanted - len(self.wires)
        # While none gets through, one knocks for all.
        at_once = 1 if self._failures and not self.sender.lanes else _LOGINS_AT_ONCE
        for _ in range(min(missing, at_once - len(logging_in))):
            self._open()

    def _open(self) -> None:
        """Start one `ssh` with the far end's helper behind it."""
        (stdin, writer), (reader, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        for fd in (writer, reader):
            widen(fd)
        os.set_blocking(errors, False)
        # In a session of its own: what ends us all by a signal would end it before our goodbye is out.
        argv = [*self._order.ssh, *self._behind]
        process = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)
        for fd in (stdin, stdout, stderr):
            os.close(fd)
        self._first = self._first or process
        self.selector.register(errors, READ, lambda: self._hear_words(errors))
        self._take_up(_Login(process, errors), reader, writer)

    def _take_up(self, login: _Login | _LentLogin, reader: int, writer: int, before: bytes = b"") -> None:
        now_s = time.monotonic()
        wire = Wire(Lane(self._made, now_s), reader, writer, now_s, greeting=True)
        order = self._order
        told = {"grace_s": order.grace_s, "stall_s": order.stall_s, "limit_bytes": order.limit_bytes}
        told["incoming_share"] = order.outgoing_share
        told["patience_s"] = 0 if self._is_up else _LOGIN_S
        wire.lane.queue(before, bootstrap.sent_first({**vars(self._far), **told, "start": not self._made}))
        self._made += 1
        self._logins[wire] = login
        if not wire.lane.number:
            # Nothing is there that could greet before this one; what it is sent is read when it can be.
            self.sender.lanes.append(wire.lane)
        self.add(wire)

    def _begin_again(self) -> None:
        """
        Log in by ourselves where what was lent comes to nothing.

        :raises Over: we did so already.
        """
        if self._first is not None:
            raise Over(self._refused())
        for wire in self.wires[:]:
            self.lose(wire)
        # What was lent may have begun: whatever it finds there must not be taken for ours.
        self._far, self._made = _Far(), 0
        self._open()

    def _refused(self) -> int:
        """Return what the first login ended with: there was never a connection."""
        try:
            code = self._first.wait(GOODBYE_S) if self._first else LOST
        except subprocess.TimeoutExpired:
            say(f"no answer within {_LOGIN_S} s")
            return LOST
        if code in bootstrap.NOT_FOUND:
            say(f"no {self._order.python} of at least {'.'.join(map(str, bootstrap.OLDEST))} on the box")
            return bootstrap.NO_PYTHON
        if code != LOST:
            say(f"the far end did not start: exit code {code}")
        return LOST

    def _hear_words(self, errors: int) -> None:
        """Pass on what the first `ssh` says; of the later ones keep the last, in case that none gets through."""
        words = b""
        with contextlib.suppress(BlockingIOError):
            words = os.read(errors, _WORDS_BYTES)
            if not words and errors in self.selector.get_map():
                self.selector.unregister(errors)
        own = ((wire, login) for wire, login in self._logins.items() if isinstance(login, _Login))
        is_first = errors in (login.errors for wire, login in own if not wire.lane.number)
        if words and is_first and not self._is_up:
            os.write(2, words)
        elif words:
            self.last_words = words.strip()

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
        return {"heals": self.heals, "again_bytes": self.sender.again_bytes, "lanes": lanes}


def say(words: str) -> None:
    """Say it where rsync's own words go."""
    os.write(2, f"ssh-transport: {words}\n".encode(errors="replace"))
