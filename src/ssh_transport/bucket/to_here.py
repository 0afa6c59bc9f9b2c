"""Fetches parts as they are stored, and gives the files their names at the end."""

from __future__ import annotations

import os
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.leftovers import RELAY_DIRECTORY

from .giver import begin
from .worker import wire
from .worker.staged import Staged

if TYPE_CHECKING:
    from .giver import Giver
    from .job import Job
    from .objects import Objects, Stored
    from .parts import Part

_TICK_S = 0.2


def to_here(job: Job, objects: Objects, giver: Giver) -> int:
    """As `to_box.to_box`, for this machine."""
    pairs = zip(job.files, giver.found, strict=True)
    files = [(os.fsencode(one.target or ""), *(found or (0, 0))) for one, found in pairs]
    staged = Staged(os.fsencode(job.root), (os.fsencode(RELAY_DIRECTORY), job.copy.encode()), files)
    is_done = threading.Event()

    def bring(part: Part) -> None:
        while True:
            stored = giver.stored(part, job)
            try:
                _take(part, stored, job, objects, staged)
            except (wire.Bad, ValueError) as exc:
                giver.again(stored)
                job.again(part.number, str(exc))
            else:
                return

    def end(without: frozenset[int]) -> None:
        staged.publish(without)
        staged.close()
        is_done.set()

    with job.guarded():
        count = begin(job, giver, bring, end)
        while not is_done.wait(_TICK_S):
            if job.over.is_set():
                raise ConnectionAbortedError
            job.tick()
    return count


def _take(part: Part, stored: Stored, job: Job, objects: Objects, staged: Staged) -> None:
    if staged.holds(part.slices, stored.plain):
        return
    data = wire.get(objects.address("GET", stored), stored.length, lambda _: None)
    plain = objects.opened(stored, data, part.length)
    if sha256(plain).hexdigest() != stored.plain:
        raise wire.Bad("it is not what was put there")
    staged.write(part.slices, plain)
    job.moved.down(stored.length)
