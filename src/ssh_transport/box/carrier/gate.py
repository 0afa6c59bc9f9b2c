"""
How several boxes log in at once: few to one host, questions to the person one after another.

A login that needs an answer is given up and made anew once it is its turn: a server waits two minutes at most
(LoginGraceTime in sshd_config(5)), and counts all that wait (MaxStartups).
"""

from __future__ import annotations

import contextlib
import threading
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import LoginRefused
from ssh_transport.terminal import board, control, prompt
from ssh_transport.terminal.at_once import NotBegun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .carrier import Carrier, Login
    from .target import Target

_TICK_S = 0.1


class QuestionPostponed(LoginRefused):
    """The login needs an answer, and was not to ask."""


class Turn:
    """One of a number of places, which a box takes with its first login, and keeps."""

    def __init__(self, places: threading.Semaphore, is_full: threading.Event) -> None:
        self._places, self._is_full = places, is_full
        self._is_taken = False

    def take(self) -> None:
        """
        Wait for a place, unless there is one.

        :raises NotBegun: there will be none any more.
        """
        if self._is_taken:
            return
        try:
            _acquire(self._places)
        except KeyboardInterrupt:
            raise NotBegun from None
        self._is_taken = True
        if self._is_full.is_set():
            raise NotBegun

    def give_back(self) -> None:
        """Let another box have it."""
        if self._is_taken:
            self._is_taken = False
            self._places.release()


class Gate:
    """
    What all logins of a task go through.

    :param at_once: how many boxes may be at work.
    :param logins_per_host: how many logins may be under way to one host, and through one jump.
    :param is_full: set once no further box is to begin.
    """

    def __init__(self, at_once: int, logins_per_host: int, is_full: threading.Event) -> None:
        self._places, self._is_full = threading.Semaphore(at_once), is_full
        self._logins_per_host = logins_per_host
        self._hosts: dict[str, threading.Semaphore] = {}
        self._hosts_lock, self._asking = threading.Lock(), threading.Lock()
        self._turn: ContextVar[Turn] = ContextVar("turn")

    @contextlib.contextmanager
    def of_one(self) -> Iterator[None]:
        """Let what runs in the block be one box's."""
        turn = Turn(self._places, self._is_full)
        token, turn_token = _gate.set(self), self._turn.set(turn)
        try:
            yield
        finally:
            turn.give_back()
            self._turn.reset(turn_token)
            _gate.reset(token)

    def take_turn(self) -> None:
        """Wait for the box's turn, unless it has come."""
        self._turn.get().take()

    def through(self, target: Target, login: Login, connect: Callable[[Target, Login], Carrier]) -> Carrier:
        """
        Log in when it is the box's turn.

        Where the person may be asked, that is at once, and the turn is that of the work behind it.

        :raises ReachError: see `open_carrier`.
        """
        turn = self._turn.get()
        if not may_ask(login):
            turn.take()
            return self._connected(target, login, connect)
        try:
            made = self._connected(target, replace(login, postpones=True), connect)
        except QuestionPostponed:
            board.tell(target.name, "asking")
            with held(self._asking):
                made = self._connected(target, login, connect)
        try:
            board.tell(target.name, "waiting", "logged in")
            turn.take()
        except BaseException:
            made.close()
            raise
        board.tell(target.name, "working")
        return made

    def _connected(self, target: Target, login: Login, connect: Callable[[Target, Login], Carrier]) -> Carrier:
        with contextlib.ExitStack() as stack:
            # In one order, so that no two wait for each other.
            for host in sorted(hosts_of(target)):
                stack.enter_context(held(self._at(host)))
            board.tell(target.name, "logging in")
            made = connect(target, login)
        board.tell(target.name, "working")
        return made

    def _at(self, host: str) -> threading.Semaphore:
        with self._hosts_lock:
            return self._hosts.setdefault(host, threading.Semaphore(self._logins_per_host))


_gate: ContextVar[Gate | None] = ContextVar("gate", default=None)


def current() -> Gate | None:
    """Return the gate that logins go through; `None` where one box logs in alone."""
    return _gate.get()


def take_turn() -> None:
    """Wait for the box's turn, where it went on over a login that was there."""
    if gate := _gate.get():
        gate.take_turn()


def may_ask(login: Login) -> bool:
    """Whether a login may come to a question that somebody is there to answer."""
    return login.asks and not login.password and prompt.has_terminal()


def hosts_of(target: Target) -> set[str]:
    """Return the host that a login goes to, and those that it goes through."""
    resolved = target.resolved
    jumps = resolved.proxy_jump.split(",") if resolved.proxy_jump else [resolved.proxy_command]
    return {resolved.host, *filter(None, (jump.rpartition("@")[2] for jump in jumps))}


def _acquire(places: threading.Semaphore | threading.Lock) -> None:
    caller = control.current()
    while not places.acquire(timeout=_TICK_S):
        caller.check()


@contextlib.contextmanager
def held(places: threading.Semaphore | threading.Lock) -> Iterator[None]:
    """Hold a place, or the only one; waiting for it ends as the task does."""
    _acquire(places)
    try:
        # It may be free because the task is over.
        control.current().check()
        yield
    finally:
        places.release()
