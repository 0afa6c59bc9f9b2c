"""What a copy over SFTP does, in its order: directories, files, links, then the times of directories."""

from __future__ import annotations

import contextlib
import errno
import posixpath
import threading
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.errors import BoxError, Incomplete, NoSpace, ReadOnly
from ssh_transport.leftovers import SFTP_PARTIAL_DIRECTORY

from .differences import at
from .file import HASHED_OVER_BYTES, FileCopy, partial_path
from .resume import kept_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from ssh_transport.trees.tree import Entry, Tree

    from .differences import Differences, Step
    from .ledger import Ledger
    from .throttle import Throttle

AT_ONCE = 16
# Enough to keep every thread busy, few enough to hold for a million files.
_QUEUED = 4 * AT_ONCE
_TICK_S = 0.2
# What no other file will fare better with.
_FATAL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(frozen=True, kw_only=True)
class Work:
    """
    One attempt.

    :param large_bytes: files from this size on go one at a time, the smaller ones beside them.
    :param atomic: whether no file gets its final name before all have arrived.
    :param inplace: whether files are written under their final names at once.
    :param without: names that are not copied yet.
    :param records: whether the digest of a large file that arrives is noted: its source can't be hashed.
    """

    source: Tree
    origin: str
    target: Tree
    base: str
    todo: Differences
    ledger: Ledger
    throttle: Throttle
    large_bytes: int
    atomic: bool
    inplace: bool
    without: Collection[str]
    records: bool
    is_first: bool
    pool: Executor
    tick: Callable[[], None]
    _one_large: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Do what is left to do."""
        self._make_parents(posixpath.dirname(self.base))
        if self.is_first:
            self._each(partial(self._remove, name) for name in self.todo.replaced)
        for steps in _by_depth(self.todo.directories):
            self._each(partial(self.target.mkdir, at(self.base, step.name)) for step in steps)
        self._files()
        self._each(partial(self._link, step) for step in self.todo.links if step.name not in self.without)
        for steps in reversed(list(_by_depth(self._unsettled()))):
            self._each(partial(self.target.set_attributes, at(self.base, step.name), step.entry) for step in steps)

    def _files(self) -> None:
        files = [step for step in self.todo.files if step.name not in self.without]
        places = {self._place(step) for step in files} if not self.inplace else set()
        left = {step: self._copy_of(step) for step in files if step.name not in self.ledger.finished}
        self._each(partial(self.target.mkdir, place) for place in sorted({self._place(step) for step in left} & places))
        begun = self.todo.partials if self.is_first else {place: self._begun(place) for place in places}
        there = {step: self._begun_of(copy, begun) for step, copy in left.items()}
        kept = kept_bytes(self.source, self.target, [(left[step], seen.size) for step, seen in _hashed(there)])
        self._each(partial(self._file, step, copy, there[step], kept) for step, copy in left.items())
        if self.atomic and self._is_whole:
            self._each(partial(self._publish, step) for step in files)
        if self._is_whole:
            self._each(partial(self._remove_partials, place) for place in sorted(places | self.todo.partials.keys()))

    @property
    def _is_whole(self) -> bool:
        """Whether nothing failed so far, neither now nor when both sides were compared."""
        return not self.ledger.failures and not self.todo.failures

    def _place(self, step: Step) -> str:
        return posixpath.dirname(partial_path(at(self.base, step.name), step.entry))

    def _begun(self, place: str) -> Mapping[str, Entry]:
        return self.target.names(place) if self.target.look(place) else {}

    def _copy_of(self, step: Step) -> FileCopy:
        final = at(self.base, step.name)
        return FileCopy(
            source=self.source,
            origin=at(self.origin, step.name),
            target=self.target,
            final=final,
            entry=step.entry,
            partial=final if self.inplace else partial_path(final, step.entry),
            count=self._count,
            records=self.records and step.entry.size >= self.large_bytes,
        )

    def _begun_of(self, copy: FileCopy, begun: Mapping[str, Mapping[str, Entry]]) -> Entry | None:
        if self.inplace:
            there = self.target.look(copy.final)
            return there if there and there.kind != "d" else None
        place, name = posixpath.split(copy.partial)
        return begun.get(place, {}).get(name)

    def _file(self, step: Step, copy: FileCopy, begun: Entry | None, kept: Mapping[str, int]) -> None:
        """Copy one file; what is wrong with it alone is noted, what is wrong with all is raised."""
        with (
            self._noting(step.name),
            self._one_large if step.entry.size >= self.large_bytes else contextlib.nullcontext(),
        ):
            if not self.is_first and self._is_there(copy):
                self._count(step.entry.size, there=True)
            else:
                if self.inplace:
                    self._make_way(step)
                self.ledger.current = step.name
                copy.run(begun, kept.get(copy.partial))
                if not self.atomic:
                    self._make_way(step)
                    copy.publish()
            self.ledger.finish(step)

    def _publish(self, step: Step) -> None:
        copy = self._copy_of(step)
        with self._noting(step.name):
            # A cut among the renames leaves some that are done.
            if self.target.look(copy.partial) is not None:
                self._make_way(step)
                copy.publish()

    def _is_there(self, copy: FileCopy) -> bool:
        """Whether the file was complete when the link broke, though nobody could say so any more."""
        there = self.target.look(copy.final)
        return there is not None and there.has_content_of(copy.entry)

    def _link(self, step: Step) -> None:
        path = at(self.base, step.name)
        with self._noting(step.name):
            self._make_way(step)
            if (there := self.target.look(path)) is not None and there.kind == "d":
                raise Incomplete("a directory stands where it must go")
            if there is not None:
                self.target.remove(path)
            self.target.link(step.entry.link, path)

    def _make_way(self, step: Step) -> None:
        """Remove an empty directory as late as can be: until then a copy that breaks leaves what was there."""
        path = at(self.base, step.name)
        if step.name in self.todo.in_the_way and (entry := self.target.look(path)) and entry.kind == "d":
            self.target.rmdir(path)

    def _remove(self, name: str) -> None:
        path = at(self.base, name)
        with self._noting(name):
            if self.target.look(path) is not None:
                self.target.remove(path)

    def _remove_partials(self, path: str) -> None:
        """Remove a directory of partial files: only we write there."""
        entry = self.target.look(path)
        if entry is None:
            return
        if entry.kind != "d":
            self.target.remove(path)
            return
        for name in self.target.names(path):
            self._remove_partials(at(path, name))
        self.target.rmdir(path)

    def _make_parents(self, path: str) -> None:
        if path not in {"", "/", "."} and self.target.look(path, follow=True) is None:
            self._make_parents(posixpath.dirname(path))
            self.target.mkdir(path, private=False)

    def _unsettled(self) -> list[Step]:
        """Return what gets its permissions and time at the end: directories in which anything changed, too."""
        todo = self.todo
        changed = [step.name for step in (*todo.directories, *todo.files, *todo.links)] + todo.replaced
        touched = {step.name for step in todo.directories} | {posixpath.dirname(name) for name in changed if name}
        # What an earlier run left in them goes now.
        touched |= {name for name in todo.visited if at(at(self.base, name), SFTP_PARTIAL_DIRECTORY) in todo.partials}
        found = {step.name: step for step in todo.attributes}
        found |= {name: todo.visited[name] for name in touched if name in todo.visited}
        return list(found.values())

    def _count(self, size: int, *, there: bool = False) -> None:
        self.ledger.count(size)
        if not there:
            self.throttle.take(size)

    @contextlib.contextmanager
    def _noting(self, name: str) -> Iterator[None]:
        try:
            yield
        except (ConnectionError, TimeoutError, NoSpace, ReadOnly):
            raise
        except (BoxError, OSError) as exc:
            if getattr(exc, "errno", 0) in _FATAL_ERRNOS:
                raise
            self.ledger.fail(name or posixpath.basename(self.base), exc)

    def _each(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Run jobs side by side; the first error ends it, and progress is shown meanwhile."""
        running: set[Future[None]] = set()
        for job in jobs:
            running.add(self.pool.submit(job))
            while len(running) >= _QUEUED:
                running = self._waited(running)
        while running:
            running = self._waited(running)

    def _waited(self, running: set[Future[None]]) -> set[Future[None]]:
        done, rest = wait(running, _TICK_S, FIRST_COMPLETED)
        for future in done:
            future.result()
        self.tick()
        return rest


def _hashed(there: Mapping[Step, Entry | None]) -> Iterator[tuple[Step, Entry]]:
    """Yield the partial files that are compared by hash: those that are neither small nor larger than their source."""
    for step, seen in there.items():
        if seen is not None and seen.kind == "f" and HASHED_OVER_BYTES < seen.size <= step.entry.size:
            yield step, seen


def _by_depth(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Yield the steps of one depth after the other; the top is by itself."""
    depths: defaultdict[int, list[Step]] = defaultdict(list)
    for step in steps:
        depths[step.name.count("/") + bool(step.name)].append(step)
    for depth in sorted(depths):
        yield depths[depth]
