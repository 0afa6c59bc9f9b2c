"""Stores the parts of files of this machine, each once, for however many take them."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from .objects import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from .job import Job
    from .objects import Objects
    from .parts import Part

# More would share the same line, and a cut costs half of each.
_UPLOADS = 3
_TICK_S = 0.2


class FromHere:
    """A `Source` and `Giver`; see `giver`."""

    def __init__(self, job: Job, objects: Objects) -> None:
        self._objects = objects
        self._follows = job.request.options.copy_links
        self._paths = [Path(job.source_root, one.name) for one in job.files]
        self.found: Sequence[tuple[int, int] | None] = [self._look(path) for path in self._paths]
        pairs = enumerate(zip(job.files, self.found, strict=True))
        self.unfit = frozenset(n for n, (one, found) in pairs if found is None or found[0] != one.bytes)
        self._stored: dict[int, Stored] = {}
        self._storing: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()
        self._uploads = threading.Semaphore(_UPLOADS)

    @contextlib.contextmanager
    def opened(self, _: Job) -> Iterator[Self]:
        """See `Source`."""
        yield self

    def stored(self, part: Part, job: Job) -> Stored:
        """See `Giver`."""
        with self._lock:
            storing = self._storing.setdefault(part.number, threading.Lock())
        while not storing.acquire(timeout=_TICK_S):
            if job.over.is_set():
                raise ConnectionAbortedError
        try:
            if part.number not in self._stored:
                with self._uploads:
                    self._stored[part.number] = self._put(part, job)
            return self._stored[part.number]
        finally:
            storing.release()

    def again(self, stored: Stored) -> None:
        """See `Giver`."""
        with self._lock:
            if self._stored.get(stored.number) is stored:
                del self._stored[stored.number]
                self._objects.forget(stored)

    def changed(self, _: Job) -> frozenset[int]:
        """See `Giver`."""
        now = enumerate(zip(self._paths, self.found, strict=True))
        return frozenset(number for number, (path, found) in now if self._look(path) != found)

    def _put(self, part: Part, job: Job) -> Stored:
        data = b"".join(self._read(*one) for one in part.slices)
        plain = sha256(data).hexdigest()
        sealed = self._objects.sealed(part.number, plain, data)
        stored = Stored(part.number, sha256(sealed).hexdigest(), len(sealed), plain)
        if not self._objects.has(stored):
            self._objects.put(stored, sealed)
            job.moved.up(len(sealed))
        return stored

    def _look(self, path: Path) -> tuple[int, int] | None:
        try:
            found = path.stat(follow_symlinks=self._follows)
        except OSError:
            return None
        is_fit = stat.S_ISREG(found.st_mode) and os.access(path, os.R_OK)
        return (found.st_size, found.st_mtime_ns) if is_fit else None

    def _read(self, number: int, offset: int, length: int) -> bytes:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if self._follows else os.O_NOFOLLOW)
        handle = os.open(self._paths[number], flags)
        try:
            data = os.pread(handle, length, offset)
        finally:
            os.close(handle)
        # It was cut short meanwhile, and is found to have changed at the end.
        return data + bytes(length - len(data))
