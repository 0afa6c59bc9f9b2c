"""One connection of a hostile far end: pipes in the place of `ssh`."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from ssh_transport.link.stripe import frame

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN_BYTES = 1 << 20
_NARROW_BYTES = 1 << 12


class HostileLane:
    """
    The process that is `ssh`, and what is behind it.

    :ivar flood: what is sent before anything else is done.
    :ivar brought: how many sequenced frames came.
    """

    def __init__(self, reader: int, writer: int, errors: int) -> None:
        # The caller closes its own.
        self.reader, self.writer, self.errors = os.dup(reader), os.dup(writer), os.dup(errors)
        for fd in (self.reader, self.writer, self.errors):
            os.set_blocking(fd, False)
        # So little that our end finds it full.
        fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, _NARROW_BYTES)
        self.is_open = True
        self.unsent = b""
        self.flood: Iterator[bytes] = iter(())
        self.brought = 0
        self._came = frame.Decoder(greeting=False)

    def say(self, data: bytes) -> bool:
        """Begin to send; return False if something else has not gone yet."""
        if self.unsent:
            return False
        self.unsent = data
        self._send()
        return True

    def go_on(self) -> bool:
        """Send more of what was begun, and of a flood; return whether there was more, and some was taken."""
        sent = 0
        while self.is_open and sent < _TURN_BYTES:
            self.unsent = self.unsent or next(self.flood, b"")
            taken = self._send()
            if not taken:
                break
            sent += taken
        return sent > 0

    def _send(self) -> int:
        try:
            taken = os.write(self.writer, self.unsent)
        except OSError:
            return 0
        self.unsent = self.unsent[taken:]
        return taken

    def hear(self) -> list[int]:
        """Return the numbers of the sequenced frames that came."""
        try:
            frames = self._came.read(os.readv(self.reader, [self._came.space()]))
        except OSError:
            return []
        numbers = [number for kind, number, _ in frames if kind in frame.SEQUENCED]
        self.brought += len(numbers)
        return numbers

    def end(self) -> None:
        """End the process; our end sees all of its pipes closed."""
        if self.is_open:
            self.is_open = False
            # It is our end's memory that is measured.
            del self._came
            self.unsent, self.flood = b"", iter(())
            for fd in (self.reader, self.writer, self.errors):
                os.close(fd)
