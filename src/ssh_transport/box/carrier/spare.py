"""
Sessions that wait for a script before there is one.

To open a session takes a round trip, and to start a shell in it another; only then does the shell take what it is to
do (RFC 4254, 5.2: until then the window is empty). While one script runs, the next one's session gets there; and the
shell of a script that has ended waits for another.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from .resting import Resting

if TYPE_CHECKING:
    from .program import Start

# One that waited for longer may be gone: shells have their own limits (TMOUT), and so have gateways.
_FRESH_S = 60
# As a new one would wait too: start-up files may take long.
_BEGINS_S = 10
_MOST = 2


class Spare:
    """
    A session for whoever asks first.

    :param start: opens a session over the login, or what ends at once.
    :param line: its command line, which each is fed first. A start-up file may have put another shell in the place of
        the one that was to run it (`exec zsh`), which then waits for its input; what does run passes over the line.
    :param stays: whether a shell may take script after script.
    """

    def __init__(self, start: Start, line: str, *, stays: bool = True) -> None:
        self._start, self._line, self._stays = start, line, stays
        # Those that have proved themselves stand behind.
        self._waiting: list[tuple[float, Resting]] = []
        self._is_refused = self._is_closed = False
        self._lock = threading.Lock()

    @property
    def has_shell(self) -> bool:
        """Whether one waits that is known to be there."""
        with self._lock:
            return any(one.is_running and (one.has_begun or one.begins_within(0)) for _, one in self._waiting)

    def begin(self, count: int = 1) -> None:
        """Have so many, unless there are already, or the box does not allow for it; the first is taken first."""
        if not self._lacks(count):
            return
        # A login that hangs takes its time; nobody who needs no new one waits for that.
        made = Resting(self._start, self._rests if self._stays else None)
        made.feed(f"{self._line}\n".encode(), last=False)
        with self._lock:
            if is_wanted := self._lacks(count):
                self._waiting.insert(0, (time.monotonic(), made))
        if not is_wanted:
            made.end()

    def _lacks(self, count: int) -> bool:
        return len(self._waiting) < count and not self._is_refused and not self._is_closed

    def stands_within(self, seconds: float) -> bool:
        """Wait so long for the shell of the one that is taken next; return whether it is there."""
        with self._lock:
            waiting = self._waiting[-1][1] if self._waiting else None
        return waiting is not None and (waiting.has_begun or waiting.begins_within(seconds))

    def take(self) -> Resting | None:
        """Return one that waits, once its shell is there; `None` if there is none that can be used."""
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                since_s, waiting = self._waiting.pop()
            is_old = time.monotonic() - since_s > _FRESH_S
            if not is_old and waiting.is_running and (waiting.has_begun or waiting.begins_within(_BEGINS_S)):
                return waiting
            # The box allows no more sessions (MaxSessions in sshd_config(5)), or runs something else in them.
            self._is_refused |= not is_old and not waiting.has_begun
            waiting.end()

    def have(self, session: Resting) -> None:
        """Take over one whose shell is there already, and has said its word."""
        session.has_begun = True
        with self._lock:
            self._waiting.append((time.monotonic(), session))

    def _rests(self, session: Resting) -> bool:
        """Let one wait for its next script, unless it is the only one that the box allows: others may need it."""
        with self._lock:
            self._is_refused |= any(not one.is_running and not one.has_begun for _, one in self._waiting)
            if self._is_refused or self._is_closed or len(self._waiting) >= _MOST:
                return False
            self._waiting.append((time.monotonic(), session))
        return True

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            waiting, self._waiting, self._is_closed = self._waiting, [], True
        with contextlib.ExitStack() as stack:
            for _, one in waiting:
                stack.callback(one.end)
