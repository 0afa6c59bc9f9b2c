"""A program of ours that must not outlive us: its output as it comes, its end guaranteed."""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import termios
import threading
from typing import TYPE_CHECKING, Self

from ssh_transport.errors import CommandFailed, LinkLost
from ssh_transport.terminal.control import noted_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.terminal.control import Stoppable

    from .program import Program

_CHUNK_BYTES = 1 << 16
# A path of 4,096 bytes, each escaped as five, and where a link of as many leads.
_LONGEST_LINE_BYTES = 1 << 16
_STDERR_KEPT_BYTES = 1 << 16
_INT_BYTES = 4
# How long what is ended may take for its own leave, and how long a program may live on behind its last word.
_GRACE_S, _LAST_S = 0.7, 30
# What a child of it says behind its end may still tell why.
_LAST_WORDS_S, _TICK_S = 0.5, 0.1


class Process:
    """A running program; use it in a ``with``, whose end ends what still runs of it, and waits for nobody else."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known_to: set[Stoppable] | None = None
        self._is_stopped = self._is_over = False
        self._stderr = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        try:
            self._listener.start()
        except BaseException:
            self._program.kill()
            self._program.close()
            raise

    def __enter__(self) -> Self:
        self._known_to = noted_in()
        if self._known_to is not None:
            self._known_to.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        try:
            if self._program.poll() is None:
                self._program.terminate()
                self._program.wait(_GRACE_S)
        finally:
            self._program.kill()
            self._is_over = True
            self._listener.join(_LAST_WORDS_S)
            self._program.close()

    def stop(self) -> None:
        """Ask it to end, for a thread other than the one that reads it; that one's `wait` says so."""
        self._is_stopped = True
        self._program.terminate()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        if self._program.poll() is None:
            return True
        self._program.kill()
        return False

    def lines(self, silence_s: float | None = None) -> Iterator[bytes]:
        """
        Yield standard output by lines; a carriage return ends a line too, as progress meters use it.

        :raises LinkLost: nothing came for `silence_s`.
        :raises CommandFailed: a line is longer than any that a program of ours prints.
        """
        yield from split(self.chunks(silence_s))

    def chunks(self, silence_s: float | None = None) -> Iterator[bytes]:
        """Yield standard output as it comes; see `lines`."""
        for piece in self.pieces(silence_s):
            if not piece:
                raise LinkLost(f"nothing was said for {silence_s:.0f} s")
            yield piece

    def pieces(self, every_s: float | None) -> Iterator[bytes]:
        """Yield standard output as it comes, and an empty piece whenever none came for so long."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._program.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(every_s):
                    yield b""
                elif chunk := self._read():
                    yield chunk
                else:
                    return

    def begins_within(self, seconds: float) -> bool:
        """Wait for the first that it says, which stays to be read; return whether it came."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._program.stdout, selectors.EVENT_READ)
            selector.select(seconds)
        # At the end of the stream there is something to read too: nothing.
        waiting = fcntl.ioctl(self._program.stdout, termios.FIONREAD, bytes(_INT_BYTES))
        return any(waiting)

    def wait(self) -> int:
        """
        Wait for the end, which is near once standard output has ended, and return the exit code.

        :raises KeyboardInterrupt: another thread stopped it.
        """
        code = self._program.wait(_LAST_S)
        if code is not None:
            self._listener.join(_LAST_WORDS_S)
        self._program.kill()
        if self._is_stopped:
            raise KeyboardInterrupt
        return -signal.SIGKILL if code is None else code

    def code_within(self, seconds: float) -> int | None:
        """Return the exit code once it has ended, with what it said last; `None` if it goes on for longer."""
        return None if self._program.wait(seconds) is None else self.wait()

    @property
    def stderr(self) -> str:
        """The end of what it said on standard error; undecodable bytes as surrogates."""
        return "\n".join(filter(None, (self._stderr.decode("utf-8", "surrogateescape").strip(), self._program.why)))

    def hear(self, chunk: bytes) -> None:
        """Keep what was said on standard error; called as it comes, and with nothing at the end."""
        self._stderr += chunk
        del self._stderr[:-_STDERR_KEPT_BYTES]

    def _leave(self) -> None:
        if self._known_to is not None:
            self._known_to.discard(self)

    def _read(self) -> bytes:
        return os.read(self._program.stdout, _CHUNK_BYTES)

    def _listen(self) -> None:
        """Hear standard error to its end, or ours: a process that left the group may keep it open for ever."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._program.stderr, selectors.EVENT_READ)
            while not self._is_over:
                if not selector.select(_TICK_S):
                    continue
                if not (chunk := os.read(self._program.stderr, _CHUNK_BYTES)):
                    break
                self.hear(chunk)
        self.hear(b"")


def split(chunks: Iterable[bytes], longest_bytes: int = _LONGEST_LINE_BYTES) -> Iterator[bytes]:
    """
    Yield the lines in what comes, empty ones left out; a carriage return ends a line too.

    :raises CommandFailed: a line is longer than `longest_bytes`.
    """
    begun: list[bytes] = []
    begun_bytes = 0
    for chunk in chunks:
        first, *more = chunk.replace(b"\r", b"\n").split(b"\n")
        begun.append(first)
        begun_bytes += len(first)
        if begun_bytes > longest_bytes:
            raise CommandFailed("a line came that is longer than any that was due", cause=f"{begun_bytes} bytes")
        if not more:
            continue
        *whole, rest = more
        yield from filter(None, (b"".join(begun), *whole))
        begun, begun_bytes = [rest], len(rest)
    if last := b"".join(begun):
        yield last
