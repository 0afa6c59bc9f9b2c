"""A program of ours that must not outlive us: its output as it comes, its end guaranteed."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Self

from ssh_transport.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

_log = logging.getLogger("invoke")

_CHUNK_BYTES = 1 << 16
_STDERR_KEPT_BYTES = 1 << 16
_GRACE_S = 5
_of_thread = threading.local()


class Process:
    """
    A running program with its whole process group; use it in a ``with``.

    Ctrl-C reaches only us (the program has a session of its own); leaving the ``with`` ends what still runs.

    :param stdin: a file descriptor of the caller's.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        *,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._program = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        self._known_to: set[Process] | None = None
        self._is_stopped = False
        self._stderr = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        self._known_to = getattr(_of_thread, "processes", None)
        if self._known_to is not None:
            self._known_to.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._known_to is not None:
            self._known_to.discard(self)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._program.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._program.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._program.wait(_GRACE_S)
        self._listener.join()
        for pipe in (self._program.stdout, self._program.stderr):
            if pipe:
                pipe.close()

    def stop(self) -> None:
        """Ask it to end, for a thread other than the one that reads it; that one's `wait` says so."""
        self._is_stopped = True
        if self._program.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._program.pid, signal.SIGTERM)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._program.poll() is None

    def lines(self) -> Iterator[bytes]:
        """Yield standard output by lines; a carriage return ends a line too, as progress meters use it."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            yield from filter(None, whole)
        if rest:
            yield rest

    def chunks(self) -> Iterator[bytes]:
        """Yield standard output as it comes."""
        while chunk := self._read():
            yield chunk

    def pieces(self, every_s: float) -> Iterator[bytes]:
        """Yield standard output as it comes, and an empty piece whenever none came for so long."""
        if self._program.stdout is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._program.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(every_s):
                    yield b""
                elif chunk := self._read():
                    yield chunk
                else:
                    return

    def wait(self) -> int:
        """
        Wait for the end and return the exit code.

        :raises Interrupted: another thread stopped it.
        """
        code = self._program.wait()
        self._listener.join()
        if self._is_stopped:
            raise Interrupted("stopped")
        return code

    @property
    def stderr(self) -> str:
        """The end of what it said on standard error; undecodable bytes as surrogates."""
        return self._stderr.decode("utf-8", "surrogateescape").strip()

    def hear(self, chunk: bytes) -> None:
        """Keep what was said on standard error; called as it comes, and with nothing at the end."""
        self._stderr += chunk
        del self._stderr[:-_STDERR_KEPT_BYTES]

    def _read(self) -> bytes:
        return os.read(self._program.stdout.fileno(), _CHUNK_BYTES) if self._program.stdout else b""

    def _listen(self) -> None:
        while self._program.stderr and (chunk := os.read(self._program.stderr.fileno(), _CHUNK_BYTES)):
            self.hear(chunk)
        self.hear(b"")


@contextlib.contextmanager
def known_to(processes: set[Process]) -> Iterator[None]:
    """Put what this thread runs into `processes` as long as it runs, so that another thread can stop it."""
    _of_thread.processes = processes
    try:
        yield
    finally:
        del _of_thread.processes


@contextlib.contextmanager
def polite_kills_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end things as Ctrl-C does, instead of leaving them running without us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature is Python's
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    # What is ignored stays ignored: that is how `nohup` works.
    before = {n: signal.signal(n, stop) for n in numbers if signal.getsignal(n) is not signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def threads_end_quietly() -> Iterator[None]:
    """Keep the traceback of Paramiko's read-ahead thread off the terminal: its reader hears of a cut as well."""
    before = threading.excepthook
    threading.excepthook = lambda args: _log.debug("a thread ended", exc_info=args.exc_value)
    try:
        yield
    finally:
        threading.excepthook = before
