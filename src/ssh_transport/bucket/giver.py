"""Who puts parts into the bucket, and the threads that have them brought from there."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from .job import Job
    from .objects import Stored
    from .parts import Part

# Parts that are on their way at once: while some are stored, others are fetched.
_AT_ONCE = 6


class Giver(Protocol):
    """
    The source of a copy, or of several at once; any thread may ask it.

    Whoever asks for a part first has it stored, all others get what is there.
    """

    @property
    def found(self) -> Sequence[tuple[int, int] | None]:
        """Size and modification time in nanoseconds of each file; `None` for what is no file any more."""

    @property
    def unfit(self) -> frozenset[int]:
        """The files that are not what was planned, which is left to the copy: it will find the same."""

    def stored(self, part: Part, job: Job) -> Stored:
        """
        Return a part once it is in the bucket.

        :raises ConnectionAbortedError: nobody waits for the job any more.
        """

    def again(self, stored: Stored) -> None:
        """Note that what is in the bucket is not the part."""

    def changed(self, job: Job) -> frozenset[int]:
        """Return the files that are another by now, asked when all was fetched."""


class Source(Protocol):
    """Where a giver comes from."""

    def opened(self, job: Job) -> AbstractContextManager[Giver]:
        """Return the giver, for as long as the ``with`` lasts; a later one goes on where this one was."""


def begin(job: Job, giver: Giver, bring: Callable[[Part], None], end: Callable[[frozenset[int]], None]) -> int:
    """
    Have threads bring the parts that the target lacks anything of; return how many there are.

    :param end: called when all are there, with the files that are not the target's to have.
    """
    without = giver.unfit.union(n for n, one in enumerate(job.files) if one.target is None)
    parts = job.parts(giver.unfit)
    todo, left, lock = deque(parts), len(parts), threading.Lock()

    def work() -> None:
        nonlocal left
        while True:
            with lock:
                part = todo.popleft() if todo else None
            if part is None:
                return
            bring(part)
            job.came(part)
            with lock:
                left -= 1
                is_last = not left
            if is_last:
                end(without | giver.changed(job))

    def nothing() -> None:
        end(without | giver.changed(job))

    for act in [work] * min(_AT_ONCE, len(parts)) or [nothing]:
        threading.Thread(target=job.failing, args=(act,), daemon=True).start()
    return len(parts)
