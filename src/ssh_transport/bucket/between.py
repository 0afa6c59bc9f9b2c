"""Carries files from box to box: the first stores a part while the second fetches the one before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import RELAY_DIRECTORY

from .far import Far, told
from .parts import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .far import Said
    from .job import Job
    from .objects import Objects
    from .parts import Part

# Parts that the first box makes or stores, or that the second fetches.
_AHEAD = 6
_TICK_S = 0.2


def between(job: Job, objects: Objects) -> int:
    """
    Carry the files of a plan from one box to the other, where all of them get their names at the end.

    :returns: how many parts there were.
    :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
    """
    return _Between(job, objects).run()


class _Between:
    """The caller's thread hears the first box, another the second."""

    def __init__(self, job: Job, objects: Objects) -> None:
        self._job, self._objects = job, objects
        self._source, self._target = job.request.boxes
        self._parts: list[Part] = []
        self._left: set[int] = set()
        self._next = 0
        self._unfit: frozenset[int] = frozenset()
        self._made: dict[int, Said] = {}
        self._sent: dict[int, str] = {}
        self._lock = threading.Lock()
        self._is_named = threading.Event()

    def run(self) -> int:
        job, is_sealed = self._job, bool(self._objects.key)
        order = {
            "does": "send",
            "root": told(job.source_root),
            "files": [told(name) for name, _ in job.files],
            "key": self._objects.key.hex(),
            "copy_links": job.request.options.copy_links,
        }
        with job.guarded(), Far(self._source, order, job.over.is_set) as source:
            source.check(must_seal=is_sealed)
            first = next((said for said in source.said if said.files is not None), None)
            files = self._files((first and first.files) or [])
            order = {
                "does": "receive",
                "root": told(job.root),
                "place": [RELAY_DIRECTORY, job.copy],
                "files": files,
            }
            with Far(self._target, order, job.over.is_set) as target:
                target.check(must_seal=is_sealed)
                threading.Thread(target=self._hear_target, args=(source, target), daemon=True).start()
                for _ in range(_AHEAD):
                    self._ask_for_next(source)
                if not self._parts:
                    source.tell({"end": []})
                for said in source.said:
                    self._hear_source(said, source, target)
                    job.tick()
                if self._left:
                    raise Incomplete(f"`{self._source.name}` ended before all was there", box=self._source.name)
                while not self._is_named.wait(_TICK_S):
                    if job.over.is_set():
                        raise ConnectionAbortedError
        return len(self._parts)

    def _files(self, found: Sequence[tuple[int, int] | None]) -> list[tuple[str, int, int]]:
        """Cut what the first box has into parts; what is another by now is left to the copy, which will find it."""
        job = self._job
        if len(found) != len(job.files):
            raise Incomplete(f"`{self._source.name}` tells of other files", box=self._source.name)
        pairs = list(enumerate(zip(job.files, found, strict=True)))
        self._unfit = frozenset(n for n, ((_, write), one) in pairs if one is None or one[0] != write.bytes)
        files = [(told(write.name), *(one or (0, 0))) for _, ((_, write), one) in pairs]
        self._parts = cut(0 if n in self._unfit else size for n, (_, size, _) in enumerate(files))
        self._left = {part.number for part in self._parts}
        return files

    def _hear_source(self, said: Said, source: Far, target: Far) -> None:
        objects = self._objects
        if said.changed is not None and not self._left:
            target.tell({"end": sorted(self._unfit.union(said.changed))})
        if said.part is None or said.part not in self._left:
            return
        part = self._parts[said.part]
        if said.bad:
            self._make_again(part, said.bad, source)
        elif part.number in self._made:
            made = self._made.pop(part.number)
            self._sent[part.number] = made.sha
            if said.bytes:
                objects.note(part.number, made.sha, made.length)
                self._job.moved.up(made.length)
            target.tell(
                {
                    "part": part.number,
                    "url": objects.address("GET", part.number, made.sha),
                    "length": made.length,
                    "sha": made.sha,
                    "plain": made.plain,
                    "key": objects.part_key(part.number, made.plain).hex(),
                    "slices": part.slices,
                }
            )
        elif said.length == objects.stored_bytes(part.length):
            self._made[part.number] = said
            is_there = objects.has(part.number, said.sha, said.length)
            source.tell({"part": part.number, "url": "" if is_there else objects.address("PUT", part.number, said.sha)})

    def _hear_target(self, source: Far, target: Far) -> None:
        with self._job.failing():
            for said in target.said:
                if said.named is not None:
                    self._is_named.set()
                    return
                if said.part is None or said.part not in self._left:
                    continue
                part = self._parts[said.part]
                if said.bad:
                    self._objects.forget(part.number, self._sent[part.number])
                    self._make_again(part, said.bad, source)
                    continue
                self._left.remove(part.number)
                self._job.moved.down(said.bytes or 0)
                self._job.got(part.length)
                self._ask_for_next(source)
                if not self._left:
                    source.tell({"end": []})
            raise Incomplete(f"`{self._target.name}` ended before all was there", box=self._target.name)

    def _make_again(self, part: Part, why: str, source: Far) -> None:
        self._job.again(part.number, why)
        self._made.pop(part.number, None)
        source.tell({"part": part.number, "slices": part.slices})

    def _ask_for_next(self, source: Far) -> None:
        with self._lock:
            number, self._next = self._next, self._next + 1
        if number < len(self._parts):
            source.tell({"part": number, "slices": self._parts[number].slices})
