"""
A session that waits for its script before there is one.

To open a session takes a round trip, and to start a shell in it another; only then does the shell take what it is to
do (RFC 4254, 5.2: until then the window is empty). While one script runs, the next one's session gets there.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from .fed import Fed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# One that waited for longer may be gone: shells have their own limits (TMOUT), and so have gateways.
_FRESH_S = 60
# As a new one would wait too: start-up files may take long.
_BEGINS_S = 10


class Spare:
    """
    At most one session, for whoever asks first.

    :param argv: the words of an `ssh` that goes over the login, or ends.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._argv, self._environment = argv, environment
        self._waiting: Fed | None = None
        self._begun_s = 0.0
        self._is_refused = self._has_begun = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Have one, unless there is one already, or the box does not allow for it."""
        with self._lock:
            if self._waiting is None and not self._is_refused:
                self._waiting, self._begun_s = Fed(self._argv, self._environment), time.monotonic()

    def have(self, session: Fed) -> None:
        """Take over one whose shell is there already, and has said its word."""
        with self._lock:
            self._waiting, self._begun_s, self._has_begun = session, time.monotonic(), True

    def take(self) -> Fed | None:
        """Return the one that waits, once its shell is there; `None` if there is none that can be used."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            has_begun, self._has_begun = self._has_begun, False
            is_old = time.monotonic() - self._begun_s > _FRESH_S
        if waiting is None:
            return None
        if not is_old and (has_begun or waiting.begins_within(_BEGINS_S)):
            return waiting
        # The box allows no more sessions (MaxSessions in sshd_config(5)), or runs something else in them.
        self._is_refused = not is_old
        _end(waiting)
        return None

    def close(self) -> None:
        """End the one that waits."""
        with self._lock:
            waiting, self._waiting, self._is_refused = self._waiting, None, True
        if waiting is not None:
            _end(waiting)


def _end(session: Fed) -> None:
    with session:
        pass
