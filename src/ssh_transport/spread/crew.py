"""Threads that come and go, what they say, and how all of them end with us."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ssh_transport.terminal.control import known_to, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.terminal.control import Stoppable

_TICK_S, _GRACE_S = 0.2, 5
_Event = TypeVar("_Event")


class Crew(Generic[_Event]):
    """
    Threads at work, in a ``with``: whatever ends that ends them.

    :param end: ends what they wait for besides programs; called again and again.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._events: queue.SimpleQueue[_Event | BaseException] = queue.SimpleQueue()
        self._running: set[Stoppable] = set()
        self._threads: list[threading.Thread] = []
        self._is_over = False

    def begin(self, job: Callable[[], None]) -> None:
        """Run a job in a thread of its own, which says nothing twice either; what it raises is raised by `event`."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        # A daemon: one that hangs in a login must not keep the program from ending.
        thread = threading.Thread(target=contextvars.copy_context().run, args=(self._run, job), daemon=True)
        self._threads.append(thread)
        thread.start()

    def say(self, event: _Event) -> None:
        """Tell the thread that waits in `event`."""
        self._events.put(event)

    def event(self, within_s: float) -> _Event | None:
        """Return what was said next, `None` if nothing was for so long."""
        try:
            found = self._events.get(timeout=within_s)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        return found

    def _run(self, job: Callable[[], None]) -> None:
        try:
            with known_to(self._running):
                job()
        except BaseException as exc:  # noqa: BLE001 - whatever it is, who waits must hear of it
            if not self._is_over:
                self._events.put(exc)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        until_s = time.monotonic() + _GRACE_S
        while (alive := [thread for thread in self._threads if thread.is_alive()]) and time.monotonic() < until_s:
            stop(self._running)
            self._end()
            alive[0].join(_TICK_S)
