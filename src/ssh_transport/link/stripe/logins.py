"""
The `ssh` processes behind the lanes of our end: started or lent, counted, ended, replaced.

Part of the program that `near` is: standard library only, Python 3.8. The far end has no part in it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from . import bootstrap
from .lane import Lane
from .pump import READ
from .wire import Wire

if TYPE_CHECKING:
    import selectors

    from .order import Order

LOGIN_S = 60
_AT_ONCE = 8  # never refused by a stock sshd; see MaxStartups in sshd_config(5)
_SHORT_LIFE_S = 1
_RETRY_FROM_S, _RETRY_TO_S = 0.5, 15
_WORDS_BYTES = 1 << 16
_TOLD_BYTES = 1 << 12


class _Login:
    def __init__(self, process: subprocess.Popen[bytes], errors: int) -> None:
        self.process, self.errors = process, errors
        self.words = b""

    def kill(self) -> None:
        _kill(self.process)


class _LentLogin:
    def __init__(self, group: int) -> None:
        self.group = group

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            # So that its shell has the time to clean up behind it.
            os.killpg(self.group, signal.SIGTERM)


class _Far:
    """What every lane's helper is told."""

    def __init__(self) -> None:
        self.token = os.urandom(16).hex()
        self.name = f"ssh-transport-stripe-{os.urandom(8).hex()}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # What stands for an `ssh` to a terminal has one.
            os.killpg(process.pid, signal.SIGKILL)


class Logins:
    """
    One `ssh` for each lane. The caller reads and writes the lanes, and tells when one is greeted or lost.

    :param host: the words behind `Order.ssh` that lead to the box.
    :param selector: calls back when an `ssh` writes to its standard error.
    :ivar first: the first `ssh` that was started here; `None` as long as there are only lent ones.
    :ivar is_up: whether the far end ever greeted a lane.
    :ivar heals: how many lanes came back in the place of one that was lost since then.
    :ivar refusal: what an `ssh` said whose login was refused in a way that no other login can cure.
    :ivar last_words: what an `ssh` wrote last, if it was not passed on.
    """

    def __init__(self, order: Order, host: list[str], selector: selectors.BaseSelector) -> None:
        self.first: subprocess.Popen[bytes] | None = None
        self.is_up = False
        self.heals = self._lost = 0
        self.last_words = self.refusal = b""
        self._order = order
        self._command = bootstrap.command(order.python)
        self._argv = [*order.ssh, *host, self._command]
        self._selector = selector
        self._for_good = re.compile(order.for_good.encode(), re.MULTILINE) if order.for_good else None
        self._far = _Far()
        self._former: _Far | None = None
        self._by_wire: dict[Wire, _Login | _LentLogin] = {}
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._made = self._failures = 0
        self._not_before_s = time.monotonic()

    def begin(self) -> list[Wire]:
        """Return the lanes over the logins that are lent; where none is, one over an `ssh` that is started."""
        line = f"{self._command}\n".encode()
        lent = [self._lane(_LentLogin(group), reader, writer, line) for reader, writer, group in self._order.lent]
        return lent or [self._start()]

    def begin_again(self) -> Wire:
        """Start an `ssh` for a far end of its own, which ends the one that lanes before it may have begun."""
        self._far, self._former, self._made = _Far(), self._far, 0
        return self._start()

    def replace(self, wanted: int, now_s: float, *, alone: bool) -> list[Wire]:
        """
        Start those that are missing of `wanted`, as many as may log in now, and return their lanes.

        :param alone: no lane carries anything; after a failure, one login at a time is tried.
        """
        self._leaving = [process for process in self._leaving if process.poll() is None]
        if not self.is_up or self.refusal or now_s < self._not_before_s:
            return []
        logging_in = sum(not wire.decoder.greeted for wire in self._by_wire)
        at_once = 1 if self._failures and alone else _AT_ONCE
        return [self._start() for _ in range(min(wanted - len(self._by_wire), at_once - logging_in))]

    def overdue(self, now_s: float) -> list[Wire]:
        """Return the lanes that were not greeted within `LOGIN_S`."""
        return [wire for wire in self._by_wire if not wire.decoder.greeted and now_s - wire.since_s > LOGIN_S]

    def greeted(self) -> None:
        """Take note that the far end has taken up a lane."""
        self.is_up = True
        self._failures = 0
        if self._lost:
            self._lost -= 1
            self.heals += 1

    def end(self, wire: Wire) -> None:
        """End the `ssh` of a lane that is lost; one that was short-lived puts off the next login."""
        login = self._by_wire[wire]
        if isinstance(login, _Login):
            self._hear_words(login.errors)
            if login.errors in self._selector.get_map():
                self._selector.unregister(login.errors)
            os.close(login.errors)
            if not wire.decoder.greeted and self._for_good and self._for_good.search(login.words):
                self.refusal = login.words
            self._leaving.append(login.process)
        del self._by_wire[wire]
        if self.is_up:
            login.kill()
            self._lost += wire.decoder.greeted
        now_s = time.monotonic()
        is_short = not wire.decoder.greeted or now_s - wire.since_s < _SHORT_LIFE_S
        # Several that fail together failed once.
        if is_short and now_s >= self._not_before_s:
            wait_s = min(_RETRY_TO_S, _RETRY_FROM_S * 2**self._failures)
            self._not_before_s = now_s + wait_s * (256 + os.urandom(1)[0]) / 512
            self._failures += 1

    def kill_leaving(self) -> None:
        """Kill those whose lanes are lost and that have not ended."""
        for process in self._leaving:
            _kill(process)

    def _start(self) -> Wire:
        """Start one `ssh` with the far end's helper behind it."""
        (stdin, writer), (reader, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        os.set_blocking(errors, False)
        # In a session of its own: what ends us all by a signal would end it before our goodbye is out.
        process = subprocess.Popen(self._argv, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)
        for fd in (stdin, stdout, stderr):
            os.close(fd)
        self.first = self.first or process
        self._selector.register(errors, READ, lambda: self._hear_words(errors))
        return self._lane(_Login(process, errors), reader, writer)

    def _lane(self, login: _Login | _LentLogin, reader: int, writer: int, before: bytes = b"") -> Wire:
        """Return a lane over a login, with what it is sent first: the line `before`, then the far end and its order."""
        now_s = time.monotonic()
        wire = Wire(Lane(self._made, now_s), reader, writer, now_s, greeting=True)
        order = self._order
        told: dict[str, Any] = {"grace_s": order.grace_s, "stall_s": order.stall_s, "limit_bytes": order.limit_bytes}
        told.update(incoming_share=order.outgoing_share, patience_s=0 if self.is_up else LOGIN_S)
        told["former"] = self._former and vars(self._former)
        wire.lane.queue(before, bootstrap.sent_first({**vars(self._far), **told, "start": not self._made}))
        self._made += 1
        self._by_wire[wire] = login
        return wire

    def _hear_words(self, errors: int) -> None:
        """Pass on what the first `ssh` says; of the later ones keep the last, in case that none gets through."""
        words = b""
        with contextlib.suppress(BlockingIOError):
            words = os.read(errors, _WORDS_BYTES)
            if not words and errors in self._selector.get_map():
                self._selector.unregister(errors)
        own = [(wire, login) for wire, login in self._by_wire.items() if isinstance(login, _Login)]
        for _, login in own:
            if login.errors == errors:
                login.words = (login.words + words)[-_TOLD_BYTES:]
        is_first = errors in (login.errors for wire, login in own if not wire.lane.number)
        if words and is_first and not self.is_up:
            os.write(2, words)
        elif words:
            self.last_words = words.strip()
