"""Carries files of a box to this machine: a part is fetched here while the box makes and stores the next."""

from __future__ import annotations

import os
import queue
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import RELAY_DIRECTORY

from .far import Far, told
from .parts import cut
from .worker import wire
from .worker.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .far import Said
    from .job import Job
    from .objects import Objects
    from .parts import Part

_DOWNLOADS = 3
# Parts that the box makes or stores, or that are about to be fetched.
_AHEAD = 6
_TICK_S = 0.2


def pull(job: Job, objects: Objects) -> int:
    """
    Carry the files of a plan from the box; all of them get their names at the end.

    :returns: how many parts there were.
    :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
    """
    return _Pull(job, objects).run()


class _Pull:
    """Three threads fetch; the caller's hears what the box says."""

    def __init__(self, job: Job, objects: Objects) -> None:
        self._job, self._objects = job, objects
        self._parts: list[Part] = []
        self._left: set[int] = set()
        self._next = 0
        self._lock = threading.Lock()
        self._stored: queue.Queue[tuple[Part, Said]] = queue.Queue()
        self._made: dict[int, Said] = {}
        self._unfit: frozenset[int] = frozenset()
        self._is_ended = False
        self._staged: Staged

    def run(self) -> int:
        job = self._job
        order = {
            "does": "send",
            "root": told(job.source_root),
            "files": [told(name) for name, _ in job.files],
            "key": self._objects.key.hex(),
            "copy_links": job.request.options.copy_links,
        }
        with job.guarded(), Far(job.request.box, order, job.over.is_set) as far:
            far.check(must_seal=bool(self._objects.key))
            for said in far.said:
                if said.files is not None and not self._parts:
                    self._begin(said.files, far)
                elif said.changed is not None and not self._left:
                    self._staged.publish(frozenset(said.changed) | self._unfit)
                    self._staged.close()
                    return len(self._parts)
                elif said.part is not None and said.part in self._left:
                    self._hear(self._parts[said.part], said, far)
                job.tick()
        raise Incomplete(f"`{job.request.box.name}` ended before all was there", box=job.request.box.name)

    def _begin(self, found: Sequence[tuple[int, int] | None], far: Far) -> None:
        job = self._job
        if len(found) != len(job.files):
            raise Incomplete(f"`{job.request.box.name}` tells of other files", box=job.request.box.name)
        # What is another by now is left to the copy, which will find the same.
        pairs = list(enumerate(zip(job.files, found, strict=True)))
        self._unfit = frozenset(n for n, ((_, write), one) in pairs if one is None or one[0] != write.bytes)
        files = [(os.fsencode(write.name), *(one or (0, 0))) for _, ((_, write), one) in pairs]
        self._staged = Staged(os.fsencode(job.root), (os.fsencode(RELAY_DIRECTORY), job.copy.encode()), files)
        self._parts = cut(0 if n in self._unfit else size for n, (_, size, _) in enumerate(files))
        self._left = {part.number for part in self._parts}
        for _ in range(_DOWNLOADS):
            threading.Thread(target=self._fetch, args=(far,), daemon=True).start()
        for _ in range(_AHEAD):
            self._ask_for_next(far)
        self._end_if_done(far)

    def _hear(self, part: Part, said: Said, far: Far) -> None:
        if said.bad:
            self._job.again(part.number, said.bad)
            self._made.pop(part.number, None)
            far.tell({"part": part.number, "slices": part.slices})
        elif part.number in self._made:
            made = self._made.pop(part.number)
            if said.bytes:
                self._objects.note(part.number, made.sha, made.length)
                self._job.moved.up(made.length)
            self._stored.put((part, made))
        elif said.length == self._objects.stored_bytes(part.length):
            self._made[part.number] = said
            is_there = self._objects.has(part.number, said.sha, said.length)
            url = "" if is_there else self._objects.address("PUT", part.number, said.sha)
            far.tell({"part": part.number, "url": url})

    def _fetch(self, far: Far) -> None:
        with self._job.failing():
            while not self._job.over.is_set():
                try:
                    part, made = self._stored.get(timeout=_TICK_S)
                except queue.Empty:
                    continue
                try:
                    self._take(part, made)
                except (wire.Bad, ValueError) as exc:
                    self._job.again(part.number, str(exc))
                    self._objects.forget(part.number, made.sha)
                    far.tell({"part": part.number, "slices": part.slices})
                    continue
                with self._lock:
                    if part.number not in self._left:
                        continue
                    self._left.remove(part.number)
                self._job.got(part.length)
                self._ask_for_next(far)
                self._end_if_done(far)

    def _take(self, part: Part, made: Said) -> None:
        if self._staged.holds(part.slices, made.plain):
            return
        url = self._objects.address("GET", part.number, made.sha)
        stored = wire.get(url, made.length, lambda _: None)
        if sha256(stored).hexdigest() != made.sha:
            raise wire.Bad("it is not what was put there")
        data = self._objects.opened(part.number, made.plain, stored)
        if sha256(data).hexdigest() != made.plain:
            raise wire.Bad("it is not what was sealed")
        self._staged.write(part.slices, data)
        self._job.moved.down(len(stored))

    def _ask_for_next(self, far: Far) -> None:
        with self._lock:
            number, self._next = self._next, self._next + 1
        if number < len(self._parts):
            far.tell({"part": number, "slices": self._parts[number].slices})

    def _end_if_done(self, far: Far) -> None:
        with self._lock:
            is_done = not self._left and not self._is_ended
            self._is_ended |= is_done
        if is_done:
            far.tell({"end": []})
