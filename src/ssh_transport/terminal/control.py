"""What a caller of a task has in hand while it runs: to follow it, and to end it."""

from __future__ import annotations

import contextlib
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from ssh_transport.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .progress import Progress

_TICK_S = 0.1


class Flag(Protocol):
    """What tells that something is over, as a `threading.Event` does."""

    def is_set(self) -> bool:
        """Whether it is."""


class Control:
    """
    One call.

    :param cancel: ends the call once it is set.
    :param deadline: seconds that the call may take.
    :param on_progress: called with the name of a box and how far a copy to or from it is, whenever that changes; what
        it raises ends the call.
    """

    def __init__(
        self,
        *,
        cancel: Flag | None = None,
        deadline: float | None = None,
        on_progress: Callable[[str, Progress], None] | None = None,
    ) -> None:
        if cancel is not None and not callable(getattr(cancel, "is_set", None)):
            raise TypeError(f"cancel is a threading.Event, not {type(cancel).__name__}")
        if deadline is not None and not (isinstance(deadline, int | float) and deadline >= 0):
            raise TypeError(f"deadline is a number of seconds, not {deadline!r}")
        if on_progress is not None and not callable(on_progress):
            raise TypeError(f"on_progress is a function, not {type(on_progress).__name__}")
        self._cancel = cancel
        self._until_s = None if deadline is None else time.monotonic() + deadline
        self._on_progress = on_progress

    @property
    def why_over(self) -> str:
        """Why the call has to end; empty as long as it may go on."""
        if self._cancel is not None and self._cancel.is_set():
            return "cancelled"
        if self._until_s is not None and time.monotonic() >= self._until_s:
            return "the deadline has passed"
        return ""

    def check(self) -> None:
        """
        End the call if that is due.

        :raises KeyboardInterrupt: it is, and is handled as Ctrl-C down to `running`.
        """
        if self.why_over:
            raise KeyboardInterrupt

    def show(self, box: str, progress: Progress) -> None:
        """Tell of progress; see `check`."""
        self.check()
        if self._on_progress:
            self._on_progress(box, progress)

    def of_thread(self, over: Flag, telling: threading.Lock) -> Control:
        """
        Return that of a thread of this call.

        :param over: ends this thread, besides what ends the call.
        :param telling: held while the caller is told of progress: it hears of one box at a time.
        """
        return _OfThread(self, over, telling)

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """Let it be that of the call in the block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextlib.contextmanager
    def running(self, end: Callable[[], None]) -> Iterator[None]:
        """
        Run the call in the block.

        :param end: ends what the block may wait for, from another thread; called again and again.
        :raises Interrupted: it was cancelled, or its time was up.
        """
        token, done = _current.set(self), threading.Event()
        if self._cancel is not None or self._until_s is not None:
            threading.Thread(target=self._watch, args=(end, done), daemon=True).start()
        try:
            yield
        except KeyboardInterrupt as exc:
            if why := self.why_over:
                raise Interrupted(why, hint="what has arrived is kept; the next call goes on from there") from exc
            raise
        finally:
            done.set()
            _current.reset(token)

    def _watch(self, end: Callable[[], None], done: threading.Event) -> None:
        while not done.wait(_TICK_S):
            if self.why_over:
                end()


class _OfThread(Control):
    def __init__(self, caller: Control, over: Flag, telling: threading.Lock) -> None:
        super().__init__(cancel=over)
        self._caller, self._telling = caller, telling

    @property
    def why_over(self) -> str:
        return super().why_over or self._caller.why_over

    def show(self, box: str, progress: Progress) -> None:
        self.check()
        with self._telling:
            self._caller.show(box, progress)


_current: ContextVar[Control | None] = ContextVar("control", default=None)


def current() -> Control:
    """Return that of the call under way; outside of one nobody has anything in hand."""
    return _current.get() or Control()


def pause(seconds: float) -> None:
    """Wait; see `Control.check`."""
    until_s, control = time.monotonic() + seconds, current()
    while (left_s := until_s - time.monotonic()) > 0:
        control.check()
        time.sleep(min(left_s, _TICK_S))


class Stoppable(Protocol):
    """A program that runs, or anything else that is waited for."""

    def stop(self) -> None:
        """Have it end soon; who waits for it then gets a KeyboardInterrupt."""


# Threads that are started for a task get its context, and so note what they run in the same place.
_running: ContextVar[set[Stoppable] | None] = ContextVar("running", default=None)


@contextlib.contextmanager
def known_to(running: set[Stoppable]) -> Iterator[None]:
    """Put what is run in the block into `running` as long as it runs."""
    token = _running.set(running)
    try:
        yield
    finally:
        _running.reset(token)


def noted_in() -> set[Stoppable] | None:
    """Return where is noted what runs; `None` if nobody wants to know."""
    return _running.get()


def stop(running: set[Stoppable]) -> None:
    """Stop all that runs; more may begin meanwhile."""
    for one in running.copy():
        one.stop()
