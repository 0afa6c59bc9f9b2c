"""A program of ours that must not outlive us: its output as it comes, its end guaranteed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import subprocess
import termios
import threading
from typing import TYPE_CHECKING, Self

from ssh_transport.errors import CommandFailed, LinkLost
from ssh_transport.terminal.stoppable import noted_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssh_transport.terminal.stoppable import Stoppable

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
    """
    A running program with its whole process group; use it in a ``with``.

    Ctrl-C reaches only us (the program has a session of its own); leaving the ``with`` ends what still runs of its
    group, whether or not the program itself has ended, and waits for nobody else.

    :param stdin: a file descriptor of the caller's.
    :param grace_s: how long it may take to end when it is asked to.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        *,
        stdin: int = subprocess.DEVNULL,
        grace_s: float = _GRACE_S,
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
        self._grace_s = grace_s
        self._known_to: set[Stoppable] | None = None
        self._is_stopped = self._is_over = self._is_group_ended = False
        self._stderr = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        try:
            self._listener.start()
        except BaseException:
            self._end_group()
            self._close()
            raise

    def __enter__(self) -> Self:
        self._known_to = noted_in()
        if self._known_to is not None:
            self._known_to.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        try:
            if self._program.returncode is None:
                self._signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._program.wait(self._grace_s)
        finally:
            self._end_group()
            self._is_over = True
            self._listener.join(_LAST_WORDS_S)
            self._close()

    def stop(self) -> None:
        """Ask it to end, for a thread other than the one that reads it; that one's `wait` says so."""
        self._is_stopped = True
        if self._program.returncode is None:
            self._signal(signal.SIGTERM)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        if self._program.poll() is None:
            return True
        self._end_group()
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

    def begins_within(self, seconds: float) -> bool:
        """Wait for the first that it says, which stays to be read; return whether it came."""
        if self._program.stdout is None:
            return False
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
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._program.wait(_LAST_S)
            self._listener.join(_LAST_WORDS_S)
        self._end_group()
        code = self._program.returncode
        if self._is_stopped:
            raise KeyboardInterrupt
        return -signal.SIGKILL if code is None else code

    @property
    def stderr(self) -> str:
        """The end of what it said on standard error; undecodable bytes as surrogates."""
        return self._stderr.decode("utf-8", "surrogateescape").strip()

    def hear(self, chunk: bytes) -> None:
        """Keep what was said on standard error; called as it comes, and with nothing at the end."""
        self._stderr += chunk
        del self._stderr[:-_STDERR_KEPT_BYTES]

    def _leave(self) -> None:
        if self._known_to is not None:
            self._known_to.discard(self)

    def _read(self) -> bytes:
        return os.read(self._program.stdout.fileno(), _CHUNK_BYTES) if self._program.stdout else b""

    def _listen(self) -> None:
        """Hear standard error to its end, or ours: a process that left the group may keep it open for ever."""
        with selectors.DefaultSelector() as selector:
            if self._program.stderr is None:
                raise AssertionError("it is a pipe")
            selector.register(self._program.stderr, selectors.EVENT_READ)
            while not self._is_over:
                if not selector.select(_TICK_S):
                    continue
                if not (chunk := os.read(self._program.stderr.fileno(), _CHUNK_BYTES)):
                    break
                self.hear(chunk)
        self.hear(b"")

    def _end_group(self) -> None:
        """
        End what the program left behind, once: as soon as its end is known.

        Later the number of the group could be another's.
        """
        if not self._is_group_ended:
            self._is_group_ended = True
            self._signal(signal.SIGKILL)
            # What the kernel does not let go of is nobody's to wait for.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._program.wait(_GRACE_S)

    def _signal(self, number: int) -> None:
        # Elsewhere than on Linux, a group of zombies is nobody's to signal.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._program.pid, number)

    def _close(self) -> None:
        for pipe in (self._program.stdout, self._program.stderr):
            if pipe:
                pipe.close()


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
