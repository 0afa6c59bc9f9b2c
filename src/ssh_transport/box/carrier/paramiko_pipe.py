"""The way to an SFTP server through a channel of Paramiko's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko


class ChannelPipe:
    """See `Pipe`."""

    def __init__(self, channel: paramiko.Channel, *, silence_s: float) -> None:
        self._channel = channel
        # Meant for sending: a window that stays full is a dead link. Nobody need answer what was not asked.
        channel.settimeout(silence_s)

    def send(self, data: bytes) -> None:
        """See `Pipe`."""
        self._channel.sendall(data)

    def receive(self, count: int) -> bytes:
        """See `Pipe`."""
        parts = []
        while count:
            try:
                part = self._channel.recv(count)
            except TimeoutError:
                continue
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """See `Pipe`."""
        self._channel.close()

    def why(self) -> Exception:
        """See `Pipe`."""
        return ConnectionResetError("the connection closed")

    def release(self) -> None:
        """See `Pipe`."""
