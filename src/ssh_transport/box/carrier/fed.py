"""A program of ours whose standard input we write, beside whoever reads what it says."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from .process import Process

if TYPE_CHECKING:
    from .program import Start

# What any pipe takes without anybody who reads: pipe(7).
_TAKEN_BYTES = 4096
_LAST_S = 1


class Fed(Process):
    """See `Session`."""

    def __init__(self, start: Start) -> None:
        theirs, self._stdin = os.pipe()
        self._feeding: threading.Thread | None = None
        self._feeds = threading.Lock()
        try:
            super().__init__(start(stdin=theirs))
        except BaseException:
            os.close(self._stdin)
            raise
        finally:
            os.close(theirs)

    @property
    def streams(self) -> tuple[int, int]:
        """The descriptors of what it reads and of what it says, for who hands on both; they stay its own."""
        return self._stdin, self._program.stdout

    def feed(self, data: bytes, *, last: bool) -> None:
        """See `Session`; several threads may, and what one of them says stays together."""
        with self._feeds:
            if len(data) <= _TAKEN_BYTES and not self._feeding:
                self._write(data, last=last)
                return
            if self._feeding:
                self._feeding.join()
            self._feeding = threading.Thread(target=self._write, args=(data,), kwargs={"last": last}, daemon=True)
            self._feeding.start()

    def outlives(self, token: str) -> bool:  # noqa: ARG002 - of `Session`
        """See `Session`."""
        return False

    def __exit__(self, *exc: object) -> None:
        """See `Session`."""
        try:
            super().__exit__(*exc)
        finally:
            # Who feeds it ends, as nobody reads any more; but who holds the connection may hold this stream a moment.
            if self._feeds.acquire(timeout=_LAST_S):
                try:
                    if self._feeding:
                        self._feeding.join(_LAST_S)
                    if not (self._feeding and self._feeding.is_alive()):
                        self._close_stdin()
                finally:
                    self._feeds.release()

    def _write(self, data: bytes, *, last: bool) -> None:
        view = memoryview(data)
        # A command may end before it has read all; its exit code tells why.
        with contextlib.suppress(OSError):
            while view:
                view = view[os.write(self._stdin, view) :]
        if last:
            self._close_stdin()

    def _close_stdin(self) -> None:
        stdin, self._stdin = self._stdin, -1
        if stdin >= 0:
            os.close(stdin)
