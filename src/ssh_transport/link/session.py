"""One session on the box, whose streams are handed on byte by byte."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Protocol

from ssh_transport.box import script
from ssh_transport.box.carrier.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ssh_transport.box.carrier.carrier import Carrier
    from ssh_transport.box.carrier.fed import Fed
    from ssh_transport.box.carrier.program import Program

    from .lane_logins import LaneLogins

_SOON_S = 1
_REFUSED = re.compile("session request failed")


class Session(Protocol):
    """
    A shell of the box that runs what it is sent; see `box/script.py`.

    :ivar sink: the descriptor of what it reads.
    """

    sink: int

    @property
    def stderr(self) -> str:
        """What it said on standard error; undecodable bytes as surrogates."""

    def sources(self) -> Generator[int, None, None]:
        """Yield the descriptor of what it says, and another one where that is none of a shell's; close it then."""

    def end_input(self) -> None:
        """Let it read no more than that."""

    def exit_code(self) -> int | None:
        """Return what it ended with, which is a matter of a moment once it says no more; `None` if it goes on."""

    def close(self) -> None:
        """End it; it yields nothing afterwards."""


def opened(carrier: Carrier) -> Session:
    """Return one that waits already, or else one of our own."""
    return Waiting(shell) if (shell := carrier.waiting(script.LINE)) else Own(carrier)


class Own:
    """See `Session`: one over the box's login, or where that allows for no more, over a login of its own."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._stdin, self.sink = os.pipe()
        self._running: Process | None = None
        self._said = ""
        self._is_closed = False
        self._lock = threading.Lock()

    def sources(self) -> Generator[int, None, None]:
        """See `Session`."""
        try:
            for start in (self._carrier.over_login, self._carrier.by_ssh):
                if (source := self._begun(start)) is None:
                    return
                yield source
                if self.exit_code() is None or not _REFUSED.search(self.stderr):
                    return
        finally:
            self._let_go()

    def _begun(self, start: Callable[..., Program]) -> int | None:
        with self._lock:
            if self._is_closed:
                return None
            self._end()
            program = start(script.LINE, stdin=self._stdin)
            self._running = Process(program)
            return program.stdout

    def end_input(self) -> None:
        """See `Session`."""
        sink, self.sink = self.sink, -1
        if sink >= 0:
            os.close(sink)

    @property
    def stderr(self) -> str:
        """See `Session`."""
        return self._running.stderr if self._running else self._said

    def exit_code(self) -> int | None:
        """See `Session`."""
        return self._running.code_within(_SOON_S) if self._running else None

    def close(self) -> None:
        """See `Session`."""
        with self._lock:
            self._is_closed = True
            self._end()
        self._let_go()
        self.end_input()

    def _let_go(self) -> None:
        """Have it alone read what it is sent, so that we hear of its end when we write."""
        stdin, self._stdin = self._stdin, -1
        if stdin >= 0:
            os.close(stdin)

    def _end(self) -> None:
        running, self._running = self._running, None
        if running:
            with running:
                pass
            self._said = running.stderr


class Waiting:
    """See `Session`: one that was opened beforehand over the box's login, which takes two round trips less."""

    def __init__(self, shell: Fed) -> None:
        self._shell = shell
        self.sink, self._source = shell.streams

    @property
    def stderr(self) -> str:
        """See `Session`."""
        return self._shell.stderr

    def sources(self) -> Generator[int, None, None]:
        """See `Session`."""
        yield self._source

    def end_input(self) -> None:
        """See `Session`."""
        self.sink = -1
        self._shell.feed(b"", last=True)

    def exit_code(self) -> int | None:
        """See `Session`."""
        return self._shell.code_within(_SOON_S)

    def close(self) -> None:
        """See `Session`."""
        with self._shell:
            pass


class Lent:
    """See `Session`: the first of those that were made beforehand, which ends with the box's connection."""

    def __init__(self, logins: LaneLogins) -> None:
        self._logins = logins
        with logins.lent() as lent:
            self._source, self.sink = (os.dup(fd) for fd in lent[0][:2])

    @property
    def stderr(self) -> str:
        """See `Session`: it is told by `LaneLogins.last_words`."""
        return ""

    def sources(self) -> Generator[int, None, None]:
        """See `Session`."""
        yield self._source

    def end_input(self) -> None:
        """See `Session`."""
        sink, self.sink = self.sink, -1
        if sink >= 0:
            os.close(sink)

    def exit_code(self) -> int | None:
        """See `Session`."""
        return self._logins.exit_code()

    def close(self) -> None:
        """See `Session`."""
        self.end_input()
        os.close(self._source)
