"""What is done of a copy over SFTP, over all its attempts."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

if TYPE_CHECKING:
    from .differences import Step


@dataclass
class Ledger:
    """
    What is done; threads write it.

    :ivar current: the file that was begun last, by its name relative to the top.
    """

    current: str | None = None
    finished: set[str] = field(default_factory=set)
    finished_bytes: int = 0
    attempt_bytes: int = 0
    failures: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done_bytes(self) -> int:
        """Bytes of complete files, and of those under way."""
        return self.finished_bytes + self.attempt_bytes

    def begin(self) -> None:
        """Start another attempt: what was under way is counted anew."""
        self.attempt_bytes = 0
        self.failures.clear()

    def count(self, size: int) -> None:
        """Note bytes that are at the target."""
        with self._lock:
            self.attempt_bytes += size

    def finish(self, step: Step) -> None:
        """Note a complete file."""
        with self._lock:
            self.finished.add(step.name)
            self.finished_bytes += step.entry.size
            self.attempt_bytes -= step.entry.size

    def fail(self, name: str, exc: Exception) -> None:
        """Note why one file was not copied; the others go on."""
        why = getattr(exc, "cause", "") or getattr(exc, "strerror", "") or getattr(exc, "what", "") or str(exc)
        with self._lock:
            self.failures.append(f"{one_line(name)}: {one_line(why)}")
