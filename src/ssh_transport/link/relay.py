"""
What stands between rsync and one session on the box: two threads that count what crosses.

rsync itself tells how much it sent only when all went well; people pay for the bytes of the cut attempts too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ssh_transport.box import script

from .stripe.descriptors import prepare

if TYPE_CHECKING:
    from .allowance import ThreadPayer
    from .meter import Meter
    from .session import Session

_CHUNK_BYTES = 1 << 18
_NOISE_BYTES = 1 << 16
_LAST_S = 10
# What rsync starts as its remote shell. It tells what is to be run, and hands on what rsync sends; it ends once no more
# comes from the box, as rsync expects. How the command there ended, it does not know: we note it before that. It needs
# rsync's `--blocking-io`, without which what it writes to does not block.
_SHELL = 'shift 3; exec 3<&0; {{ printf "%s\\0" "$*"; exec cat <&3; }} >{up} & exec cat <{down} 3<&-'
# The shell uses these itself.
_FIRST_FD = 10
# dash takes a descriptor of one digit alone by its number.
_PLACE = "import os, sys; os.dup2({up}, 8); os.dup2({down}, 9); os.execv(sys.argv[1], sys.argv[1:])"
_DESCRIPTORS = Path("/dev/fd")
Payers = tuple["ThreadPayer | None", "ThreadPayer | None"]


class _Over(Exception):
    """The call has ended, and nobody waits for the rest."""


class Relay:
    """
    One call of rsync's. In its ``with`` rsync is started, and then it is told to `begin`.

    :param payers: what is paid by for what goes to the box, and for what comes from it; `None` for nothing.
    :ivar words: those of the remote shell that rsync is to start.
    :ivar fds: the descriptors that it inherits.
    """

    def __init__(self, session: Session, meter: Meter, payers: Payers = (None, None)) -> None:
        self._session, self._meter, self._payers = session, meter, payers
        self._noise = b""
        self._marker, self._first = script.begun(1, 'eval "exec $1"', on_both=False)
        self._open: set[int] = set()
        self._woken, self._wakes = self._pipe()
        self._up, up = self._pipe()
        down, self._down = self._pipe()
        self.fds = up, down
        self.words = _words(up, down)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._sends, self._receives)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self._wakes)
        for payer in filter(None, self._payers):
            payer.end()
        for thread in self._threads:
            if thread.ident:
                thread.join(_LAST_S)
        self._session.close()
        for fd in self._open.copy():
            self._close(fd)

    def begin(self) -> None:
        """Carry, now that rsync has its ends."""
        for fd in self.fds:
            self._close(fd)
        prepare(self._up, self._down, self._session.sink)
        for thread in self._threads:
            thread.start()

    @property
    def stderr(self) -> str:
        """What was said on the box, or by what is no shell there; undecodable bytes as surrogates."""
        noise = self._noise.decode("utf-8", "surrogateescape").strip()
        return "\n".join(filter(None, (noise, self._session.stderr)))

    def _sends(self) -> None:
        try:
            with contextlib.suppress(_Over, OSError, EOFError):
                told = b""
                while b"\0" not in told:
                    told += self._read(self._up)
                command, _, rest = told.partition(b"\0")
                first = self._first + script.line(os.fsdecode(command)) + rest
                self._carry(self._up, self._session.sink, first, receives=False)
        finally:
            self._session.end_input()
            # rsync hears that nobody takes any more.
            self._close(self._up)

    def _receives(self) -> None:
        try:
            with contextlib.suppress(_Over, OSError):
                found = self._shell()
                if found is not None:
                    self._carry(found[0], self._down, found[1], receives=True)
                # Before rsync hears of the end, and ends too.
                if (code := self._session.exit_code()) is not None:
                    self._meter.note_end(code)
        finally:
            self._close(self._down)

    def _shell(self) -> tuple[int, bytes] | None:
        """Wait for the shell that is sent the command; return by what it says more, and what came behind the marker."""
        with contextlib.closing(self._session.sources()) as sources:
            for source in sources:
                prepare(source)
                if (begun := self._behind_marker(source)) is not None:
                    return source, begun
        return None

    def _behind_marker(self, source: int) -> bytes | None:
        """Return what came behind the marker; what login scripts print before it is nothing for rsync."""
        said, marker = b"", self._marker.encode()
        with contextlib.suppress(EOFError):
            while len(said) <= _NOISE_BYTES:
                said += self._read(source)
                _, found, rest = said.partition(marker)
                if found:
                    return rest
        # No shell has run: what came instead may tell why.
        self._noise = said[:_NOISE_BYTES]
        return None

    def _carry(self, source: int, sink: int, first: bytes, *, receives: bool) -> None:
        """Hand on what comes to its end; where the other side is gone, the session or rsync says why."""
        payer, total, data = self._payers[receives], 0, first
        if payer and receives:
            payer.begin()
        with contextlib.suppress(EOFError):
            while True:
                total += len(data)
                self._meter.note_carried(total, receives=receives)
                self._write(sink, data)
                data = self._read(source, payer.chunk_bytes if payer else _CHUNK_BYTES)
                if payer:
                    payer.take(len(data))

    def _read(self, source: int, most_bytes: int = _CHUNK_BYTES) -> bytes:
        """:raises EOFError: no more comes."""
        self._wait(source, select.POLLIN)
        if not (data := os.read(source, most_bytes)):
            raise EOFError
        return data

    def _write(self, sink: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(sink, select.POLLOUT)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(sink, view) :]

    def _wait(self, fd: int, event: int) -> None:
        """:raises _Over: the call has ended."""
        asked = select.poll()
        asked.register(fd, event)
        # Nothing is ever written there; asked about nothing, macOS does not tell of an end either.
        asked.register(self._woken, select.POLLIN)
        if any(ready == self._woken for ready, _ in asked.poll()):
            raise _Over

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FIRST_FD) for end in ends]
        for end in ends:
            os.close(end)
        self._open.update(high)
        return high[0], high[1]

    def _close(self, fd: int) -> None:
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)


def _words(up: int, down: int) -> tuple[str, ...]:
    if _DESCRIPTORS.is_dir():
        return ("/bin/sh", "-c", _SHELL.format(up=_DESCRIPTORS / str(up), down=_DESCRIPTORS / str(down)), "sh")
    placed = (sys.executable, "-I", "-S", "-c", _PLACE.format(up=up, down=down))
    return (*placed, "/bin/sh", "-c", _SHELL.format(up="&8", down="&9"), "sh")
