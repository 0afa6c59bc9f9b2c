"""What crosses the remote shell of a copy, and what it says of its connections."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.terminal.progress import Progress

_STATUS_BYTES, _HEARD_BYTES, _NUMBER_BYTES = 1 << 16, 1 << 20, 8


class Meter:
    """
    Reads what one program after another writes into a file and a pipe, or takes note of what crosses by us.

    In the file are three numbers of 8 bytes: sent, received, and behind the end how the command on the box ended: its
    exit code and 1. What comes through the pipe is lines of JSON.

    :ivar lanes: what is known of each connection, where there are several.
    :ivar heals: how many were replaced so far.
    """

    def __init__(self) -> None:
        self._before = self._call_from = (0, 0)
        self._counts: int | None = None
        self._status: int | None = None
        self._heard = b""
        self._ended = 0
        self._heals_before = 0
        self.lanes: list[dict[str, Any]] = []
        self.heals = 0

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, both directions, all calls."""
        return sum(self._totals)

    @property
    def sent_and_received(self) -> tuple[int, int]:
        """What crossed it in the call that is running, or ran last."""
        (sent, received), (sent_before, received_before) = self._totals, self._call_from
        return sent - sent_before, received - received_before

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[int, int]]:
        """Yield the descriptors that a program writes to."""
        with contextlib.ExitStack() as stack:
            self._counts = stack.enter_context(tempfile.TemporaryFile()).fileno()
            self._status, tells = pipe(stack)
            os.set_blocking(self._status, False)
            os.set_blocking(tells, False)
            try:
                yield self._counts, tells
            finally:
                _ = self.ended
                self._before, self._counts, self._status = self._totals, None, None
                self._heals_before = self.heals

    def begin_call(self) -> None:
        """Take note that what crosses the link now is of another call."""
        self._call_from = self._totals
        if self._counts is not None:
            os.pwrite(self._counts, bytes(_NUMBER_BYTES), 2 * _NUMBER_BYTES)

    def note_carried(self, total_bytes: int, *, receives: bool) -> None:
        """Take note of how much the call has sent or received so far, where no program tells."""
        if self._counts is not None:
            os.pwrite(self._counts, total_bytes.to_bytes(_NUMBER_BYTES, "little"), receives * _NUMBER_BYTES)

    def note_end(self, code: int) -> None:
        """Take note of how the command ended, where no program tells."""
        if self._counts is not None and code >= 0:
            os.pwrite(self._counts, (code + 1).to_bytes(_NUMBER_BYTES, "little"), 2 * _NUMBER_BYTES)

    @property
    def ended(self) -> int | None:
        """How the command on the box ended in the call that ran last, as far as that was heard."""
        if self._counts is not None:
            self._ended = int.from_bytes(os.pread(self._counts, _NUMBER_BYTES, 2 * _NUMBER_BYTES), "little")
        return self._ended - 1 if self._ended else None

    def show(self, progress: Progress) -> None:
        """Bring what is known of the connections up to date."""
        self._hear()
        progress.wire_bytes = self.wire_bytes
        progress.streams, progress.heals = max(1, len(self.lanes)), self.heals

    @property
    def _totals(self) -> tuple[int, int]:
        if self._counts is None:
            return self._before
        data = os.pread(self._counts, 16, 0)
        sent, received = int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")
        return self._before[0] + sent, self._before[1] + received

    def _hear(self) -> None:
        """Read the last whole line that the striped link wrote."""
        if self._status is None:
            return
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._status, _STATUS_BYTES):
                self._heard = (self._heard + data)[-_HEARD_BYTES:]
        *lines, self._heard = self._heard.split(b"\n")
        if lines:
            said = json.loads(lines[-1])
            self.lanes, self.heals = said["lanes"], self._heals_before + said["heals"]


def pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    """Return both ends of a pipe, which close with the stack."""
    ends = os.pipe()
    for end in ends:
        stack.callback(os.close, end)
    return ends
