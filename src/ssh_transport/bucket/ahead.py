"""Stores parts before anybody asks for them: what one of several targets lacks, the others probably lack too."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from ssh_transport.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .giver import Giver
    from .job import Job

# As many as are stored at once: see `from_here`.
_AT_ONCE = 3


class Ahead:
    """
    Threads that have the parts of a job stored, one after another.

    :param is_over: whether the parts are of no use any more.
    """

    def __init__(self, job: Job, giver: Giver, is_over: Callable[[], bool]) -> None:
        self._job, self._giver, self._is_over = job, giver, is_over
        self._todo = deque(job.parts(giver.unfit))
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_AT_ONCE)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Store no more; return when nothing is under way."""
        self._job.over.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        # Who needs a part that could not be stored asks for it again, and is told why.
        with contextlib.suppress(IndexError, TaskError, OSError):
            while not (self._job.over.is_set() or self._is_over()):
                self._giver.stored(self._todo.popleft(), self._job)
