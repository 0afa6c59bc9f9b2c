"""A file on a box that is being written over SFTP, many requests at a time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from ssh_transport.sftp.client import Client
    from ssh_transport.sftp.requester import Answer

    from .tree import Block, Entry

# What is under way at once. A cut costs what was written but not confirmed, so no more than OpenSSH's own window.
_WRITE_AHEAD_BYTES = 2 << 20


class Upload:
    """See `Sink`."""

    def __init__(
        self, client: Client, handle: bytes, start: int, said: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._client, self._handle, self._end, self._said = client, handle, start, said
        self._asked: deque[Future[Answer]] = deque()
        self._ahead = _WRITE_AHEAD_BYTES // client.block_bytes
        self._is_open = True

    def write(self, block: Block) -> None:
        view, size = memoryview(block), self._client.block_bytes
        with self._said():
            for at in range(0, len(view), size):
                piece = view[at : at + size]
                self._asked.append(self._client.write(self._handle, self._end, piece))
                self._end += len(piece)
                if len(self._asked) > self._ahead:
                    self._client.done(self._asked.popleft())

    def sync(self) -> None:
        with self._said():
            while self._asked:
                self._client.done(self._asked.popleft())

    def finish(self, entry: Entry) -> None:
        with self._said():
            self._asked.append(self._client.set_open(self._handle, mode=entry.permissions, mtime_s=entry.mtime_s))
            stored = self._client.fstat(self._handle)
            self._asked.append(self._client.shut(self._handle))
            self._is_open = False
            while self._asked:
                self._client.done(self._asked.popleft())
            if (size := self._client.attributes(stored).size) != self._end:
                raise OSError(f"{size} bytes are stored of {self._end}")

    def close(self) -> None:
        """Close what was given up; a server has only so many handles."""
        if self._is_open:
            self._client.shut(self._handle)
