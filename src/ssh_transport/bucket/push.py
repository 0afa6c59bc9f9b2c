"""Carries files of this machine to a box: a part is sealed and stored here while the one before is fetched there."""

from __future__ import annotations

import os
import stat
import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import RELAY_DIRECTORY

from .far import Far, told
from .parts import cut

if TYPE_CHECKING:
    from .far import Said
    from .job import Job
    from .objects import Objects
    from .parts import Part

_UPLOADS = 3
# Parts that are stored and not yet fetched, or about to be.
_AHEAD = 6
_TICK_S = 0.2


def push(job: Job, objects: Objects) -> int:
    """
    Carry the files of a plan to the box, where all of them get their names at the end.

    :returns: how many parts there were.
    :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
    """
    return _Push(job, objects).run()


class _Push:
    """Three threads store; the caller's hears what the box says."""

    def __init__(self, job: Job, objects: Objects) -> None:
        self._job, self._objects = job, objects
        self._paths = [Path(job.source_root, name) for name, _ in job.files]
        self._found = [self._look(path) for path in self._paths]
        # What is another by now is left to the copy, which will find the same.
        pairs = zip(job.files, self._found, strict=True)
        self._parts = cut(found[0] if found and found[0] == write.bytes else 0 for (_, write), found in pairs)
        self._left = {part.number for part in self._parts}
        self._todo = iter(self._parts)
        self._lock = threading.Lock()
        self._ahead = threading.Semaphore(_AHEAD)

    def run(self) -> int:
        job = self._job
        order = {
            "does": "receive",
            "root": told(job.root),
            "place": [RELAY_DIRECTORY, job.copy],
            "files": [
                (told(write.name), *(found or (0, 0))) for (_, write), found in zip(job.files, self._found, strict=True)
            ],
        }
        with job.guarded(), Far(job.request.box, order, job.over.is_set) as far:
            # Before anything is stored.
            far.check(must_seal=bool(self._objects.key))
            for _ in range(_UPLOADS):
                threading.Thread(target=self._store, args=(far,), daemon=True).start()
            self._end_if_done(far)
            for said in far.said:
                if said.named is not None:
                    return len(self._parts)
                self._hear(said, far)
                job.tick()
        raise Incomplete(f"`{job.request.box.name}` ended before all was there", box=job.request.box.name)

    def _hear(self, said: Said, far: Far) -> None:
        if said.part is None or said.part not in self._left:
            return
        part = self._parts[said.part]
        if said.bad:
            self._job.again(part.number, said.bad)
            self._bring(part, far, anew=True)
            return
        self._left.remove(part.number)
        self._ahead.release()
        self._job.moved.down(said.bytes or 0)
        self._job.got(part.length)
        self._end_if_done(far)

    def _end_if_done(self, far: Far) -> None:
        if not self._left:
            now = enumerate(zip(self._paths, self._found, strict=True))
            far.tell({"end": [number for number, (path, found) in now if self._look(path) != found]})

    def _store(self, far: Far) -> None:
        with self._job.failing():
            while True:
                while not self._ahead.acquire(timeout=_TICK_S):
                    if self._job.over.is_set():
                        return
                with self._lock:
                    part = next(self._todo, None)
                if part is None:
                    return
                self._bring(part, far)

    def _bring(self, part: Part, far: Far, *, anew: bool = False) -> None:
        """Store a part, if it is not there, and have the box fetch it."""
        objects = self._objects
        data = b"".join(self._read(*one) for one in part.slices)
        plain = sha256(data).hexdigest()
        stored = objects.sealed(part.number, plain, data)
        sha = sha256(stored).hexdigest()
        if anew:
            objects.forget(part.number, sha)
        if objects.put(part.number, sha, stored):
            self._job.moved.up(len(stored))
        far.tell(
            {
                "part": part.number,
                "url": objects.address("GET", part.number, sha),
                "length": len(stored),
                "sha": sha,
                "plain": plain,
                "key": objects.part_key(part.number, plain).hex(),
                "slices": part.slices,
            }
        )

    def _look(self, path: Path) -> tuple[int, int] | None:
        try:
            found = path.stat(follow_symlinks=self._job.request.options.copy_links)
        except OSError:
            return None
        is_fit = stat.S_ISREG(found.st_mode) and os.access(path, os.R_OK)
        return (found.st_size, found.st_mtime_ns) if is_fit else None

    def _read(self, number: int, offset: int, length: int) -> bytes:
        follows = self._job.request.options.copy_links
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follows else os.O_NOFOLLOW)
        handle = os.open(self._paths[number], flags)
        try:
            data = os.pread(handle, length, offset)
        finally:
            os.close(handle)
        # It was cut short meanwhile, and is found to have changed at the end.
        return data + bytes(length - len(data))
