"""The way to an SFTP server through a channel of Paramiko's."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .sftp_beginning import Beginning

if TYPE_CHECKING:
    import paramiko


class ChannelPipe:
    """See `Pipe`."""

    def __init__(self, channel: paramiko.Channel, *, silence_s: float) -> None:
        self._channel = channel
        # Meant for sending: a window that stays full is a dead link. Nobody need answer what was not asked.
        channel.settimeout(silence_s)
        self._beginning = Beginning(self._some)

    def send(self, data: bytes) -> None:
        """See `Pipe`."""
        self._channel.sendall(data)

    def receive(self, count: int) -> bytes:
        """See `Pipe`."""
        parts = []
        while count and (part := self._beginning.read(count)):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _some(self, count: int) -> bytes:
        while True:
            with contextlib.suppress(TimeoutError):
                return self._channel.recv(count)

    def close(self) -> None:
        """See `Pipe`."""
        self._channel.close()

    def why(self) -> Exception:
        """See `Pipe`."""
        return ConnectionResetError("the connection closed")

    def release(self) -> None:
        """See `Pipe`."""
