"""Has a box fetch parts as they are stored, wherever they come from, and give the files their names at the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import RELAY_DIRECTORY

from . import attributes
from .far import Far, told
from .giver import begin

if TYPE_CHECKING:
    from .giver import Giver
    from .job import Job
    from .objects import Objects, Stored
    from .parts import Part
    from .said import Said

_TICK_S = 0.2


def to_box(job: Job, objects: Objects, giver: Giver) -> int:
    """
    Bring the files of a plan to the box, where all of them get their names at the end.

    :returns: how many parts there were.
    :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
    """
    return _ToBox(job, objects, giver).run()


class _ToBox:
    """Each of several threads has one part after another stored and fetched; the caller's hears the box."""

    def __init__(self, job: Job, objects: Objects, giver: Giver) -> None:
        self._job, self._objects, self._giver = job, objects, giver
        self._box = job.request.boxes[-1]
        self._answers: dict[int, Said] = {}
        self._news = threading.Condition()

    def run(self) -> int:
        job = self._job
        files = zip(job.files, self._giver.found, strict=True)
        order = {
            "does": "receive",
            "root": told(job.root),
            "place": [RELAY_DIRECTORY, job.copy],
            "files": [(told(one.target or ""), *(found or (0, 0))) for one, found in files],
            **attributes.order(job),
        }
        with job.guarded(), Far(self._box, order, job.over.is_set) as far:
            # Before anything is stored.
            far.begin(must_seal=bool(self._objects.key))
            count = begin(
                job,
                self._giver,
                lambda part: self._bring(part, far),
                lambda without: far.tell({"end": sorted(without)}),
            )
            for said in far.said:
                if said.named is not None:
                    return count
                if said.part is not None:
                    with self._news:
                        self._answers[said.part] = said
                        self._news.notify_all()
                job.tick()
        raise Incomplete(f"`{self._box.name}` ended before all was there", box=self._box.name)

    def _bring(self, part: Part, far: Far) -> None:
        while True:
            stored = self._giver.stored(part, self._job)
            far.tell(self._order(part, stored))
            answer = self._answer(part.number)
            if not answer.bad:
                self._job.moved.down(answer.bytes or 0)
                return
            self._giver.again(stored)
            self._job.again(part.number, answer.bad)

    def _order(self, part: Part, stored: Stored) -> dict[str, object]:
        return {
            "part": part.number,
            "url": self._objects.address("GET", stored),
            "length": stored.length,
            "sha": stored.sha,
            "plain": stored.plain,
            "key": self._objects.password(part.number, stored.plain),
            "slices": part.slices,
        }

    def _answer(self, number: int) -> Said:
        with self._news:
            while number not in self._answers:
                if self._job.over.is_set():
                    raise ConnectionAbortedError
                self._news.wait(_TICK_S)
            return self._answers.pop(number)
