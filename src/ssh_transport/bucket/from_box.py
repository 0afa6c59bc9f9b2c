"""Has a box store the parts of its files, each once, for however many take them."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

from ssh_transport.errors import Incomplete

from .far import Far, told
from .objects import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .job import Job
    from .objects import Objects
    from .parts import Part
    from .said import Said

_TICK_S = 0.2
_T = TypeVar("_T")


class FromBox:
    """A `Source`; see `giver`. One program on the box serves all jobs that are under way."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._giver: _Giver | None = None
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def opened(self, job: Job) -> Iterator[_Giver]:
        """See `Source`."""
        with self._lock:
            if self._giver is None or self._giver.has_failed:
                # Those that still hold the one that failed hear of it, and close it.
                self._giver = _Giver(job, self._objects)
            giver = self._giver
            giver.users += 1
        try:
            yield giver
        finally:
            with self._lock:
                giver.users -= 1
                if not giver.users:
                    giver.close()
                    self._giver = None if self._giver is giver else self._giver


class _Giver:
    """
    A `Giver`; a thread of its own hears the box.

    :ivar users: how many jobs hold it.
    """

    def __init__(self, job: Job, objects: Objects) -> None:
        self.users = 0
        self._objects = objects
        self._files, self._box = job.files, job.request.boxes[0]
        self._over = threading.Event()
        self._news = threading.Condition()
        self._failure: BaseException | None = None
        self._asked: dict[int, tuple[Part, Job]] = {}
        self._made: dict[int, Said] = {}
        self._stored: dict[int, Stored] = {}
        self._changed: frozenset[int] | None = None
        order = {
            "does": "send",
            "root": told(job.source_root),
            "files": [told(one.name) for one in job.files],
            "key": objects.key.hex(),
            "copy_links": job.request.options.copy_links,
        }
        self._far = Far(self._box, order, self._over.is_set)
        try:
            self._far.begin(must_seal=bool(objects.key))
            self.found: Sequence[tuple[int, int] | None] = self._look()
        except BaseException:
            self.close()
            raise
        pairs = enumerate(zip(job.files, self.found, strict=True))
        self.unfit = frozenset(n for n, (one, found) in pairs if found is None or found[0] != one.bytes)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def has_failed(self) -> bool:
        """Whether it gives no more."""
        return self._failure is not None

    def stored(self, part: Part, job: Job) -> Stored:
        """See `Giver`."""
        with self._news:
            if part.number not in self._asked:
                self._asked[part.number] = (part, job)
                self._ask(part)
            return self._awaited(lambda: self._stored.get(part.number), job)

    def again(self, stored: Stored) -> None:
        """See `Giver`."""
        with self._news:
            if self._stored.get(stored.number) is stored:
                del self._stored[stored.number], self._asked[stored.number]
                self._objects.forget(stored)

    def changed(self, job: Job) -> frozenset[int]:
        """See `Giver`."""
        with self._news:
            self._changed = None
            self._far.tell({"end": []})
            return self._awaited(lambda: self._changed, job)

    def close(self) -> None:
        """End the program."""
        self._over.set()
        self._far.close()

    def _look(self) -> Sequence[tuple[int, int] | None]:
        found = next((said.files for said in self._far.said if said.files is not None), None)
        if found is None or len(found) != len(self._files):
            raise Incomplete(f"`{self._box.name}` tells of other files", box=self._box.name)
        return found

    def _awaited(self, ask: Callable[[], _T | None], job: Job) -> _T:
        """Return what is not `None`, once it is."""
        while (found := ask()) is None:
            if self._failure:
                raise self._failure
            if job.over.is_set():
                raise ConnectionAbortedError
            self._news.wait(_TICK_S)
        return found

    def _ask(self, part: Part) -> None:
        self._far.tell({"part": part.number, "slices": part.slices})

    def _again(self, part: Part, job: Job, why: str) -> None:
        job.again(part.number, why)
        self._made.pop(part.number, None)
        self._ask(part)

    def _listen(self) -> None:
        failure: BaseException = Incomplete(f"`{self._box.name}` ended before all was there", box=self._box.name)
        try:
            for said in self._far.said:
                with self._news:
                    self._hear(said)
                    self._news.notify_all()
        except BaseException as exc:  # noqa: BLE001 - it is raised where somebody waits
            failure = exc
        with self._news:
            self._failure = failure
            self._news.notify_all()

    def _hear(self, said: Said) -> None:
        if said.changed is not None:
            self._changed = frozenset(said.changed)
        if said.part is None or said.part in self._stored or said.part not in self._asked:
            return
        part, job = self._asked[said.part]
        if said.bad:
            self._again(part, job, said.bad)
        elif part.number in self._made:
            made = self._made.pop(part.number)
            stored = self._stored[part.number] = Stored(part.number, made.sha, made.length, made.plain)
            if said.bytes:
                self._objects.note(stored)
                job.moved.up(stored.length)
        elif said.length != part.length + (self._far.tag_bytes if self._objects.key else 0):
            self._again(part, job, "it is of another length")
        else:
            self._made[part.number] = said
            stored = Stored(part.number, said.sha, said.length, said.plain)
            url = "" if self._objects.has(stored) else self._objects.address("PUT", stored)
            self._far.tell({"part": part.number, "url": url})
