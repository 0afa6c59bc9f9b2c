"""The door for what a box says at length: the output of a command as it comes, for as long as it comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import shell
from .boundary import translated
from .errors import LinkLost

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    import paramiko

    from .box import Box

_CHUNK_BYTES = 1 << 16
_STDERR_KEPT_BYTES = 1 << 16
_NOISE_BYTES = 1 << 16
# Standard error is emptied this often, else a box that fills it waits for ever.
_TICK_S = 0.2


def stream(box: Box, script: str, *words: str, silence_s: float) -> Iterator[bytes]:
    """
    Start a POSIX `sh` script on the box as `shell.run` does, on a channel of its own; return its output as it comes.

    Closing the iterator closes the channel, which ends a script that goes on writing.

    :param silence_s: how long the box may say nothing at all.
    :raises BoxError: the script ended with a failure.
    :raises LinkLost: the box fell silent, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    marker, line = shell.framed(script, words)
    with translated(box.name), box.within(silence_s):
        channel = box.connection.transport.open_session()
        channel.exec_command(line)
    return _Said(box, channel, silence_s).after(marker.encode())


def framed(chunks: Iterable[bytes], marker: bytes) -> Generator[bytes, None, bytes | None]:
    """Yield what follows the marker; return what came instead of it."""
    noise = b""
    said = iter(chunks)
    for chunk in said:
        noise, found, rest = (noise + chunk).partition(marker)
        if found:
            yield rest
            yield from said
            return None
        if len(noise) > _NOISE_BYTES:
            break
    return noise


class _Said:
    """What comes on one channel, both streams of it."""

    def __init__(self, box: Box, channel: paramiko.Channel, silence_s: float) -> None:
        self._box = box
        self._channel = channel
        self._silence_s = silence_s
        self._stderr = bytearray()

    def after(self, marker: bytes) -> Iterator[bytes]:
        """Yield what follows the marker, then check how the command ended."""
        try:
            noise = yield from framed(self._chunks(), marker)
            self._check(noise)
        finally:
            self._channel.close()

    def _check(self, noise: bytes | None) -> None:
        if noise is not None and not self._box.connection.transport.is_active():
            raise self._lost()
        if noise is not None:
            raise shell.runs_nothing(self._box, (noise + self._stderr).decode("utf-8", "replace"))
        code = self._exit_code()
        if code < 0:
            raise self._lost()
        if code:
            raise shell.failed(self._box, code, self._stderr.decode("utf-8", "replace"))

    def _chunks(self) -> Iterator[bytes]:
        self._channel.settimeout(_TICK_S)
        heard_at = time.monotonic()
        while True:
            try:
                chunk = self._channel.recv(_CHUNK_BYTES)
            except TimeoutError:
                chunk = None
            self._empty_stderr()
            if chunk == b"":
                return
            if chunk:
                yield chunk
                # Only now: what is done with it may take its time.
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > self._silence_s:
                raise self._lost(f"silent for {self._silence_s:.0f} s")

    def _empty_stderr(self) -> None:
        while self._channel.recv_stderr_ready():
            self._stderr += self._channel.recv_stderr(_CHUNK_BYTES)
            del self._stderr[_STDERR_KEPT_BYTES:]

    def _exit_code(self) -> int:
        if not self._channel.status_event.wait(self._silence_s):
            raise self._lost("no exit status came")
        self._empty_stderr()
        return self._channel.exit_status

    def _lost(self, cause: str = "") -> LinkLost:
        return LinkLost(f"the connection to `{self._box.name}` broke", box=self._box.name, cause=cause)
