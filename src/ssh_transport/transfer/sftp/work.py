"""What a copy over SFTP does, in its order: directories, files, links, deletions, then the times of directories."""

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

from ssh_transport.errors import BoxError, NoSpace, ReadOnly

from .differences import at
from .file import FileCopy, partial_path
from .tree import PARTIAL_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .differences import Differences, Step
    from .ledger import Ledger
    from .throttle import Throttle
    from .tree import Entry, Tree

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
    is_first: bool
    pool: Executor
    tick: Callable[[], None]
    _one_large: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Do what is left to do."""
        self._make_parents(posixpath.dirname(self.base))
        if self.is_first:
            self._each(partial(self._clear, name) for name in self.todo.in_the_way)
        for steps in _by_depth(self.todo.directories):
            self._each(partial(self.target.mkdir, at(self.base, step.name)) for step in steps)
        self._files()
        self._each(partial(self._link, step) for step in self.todo.links)
        # What could not be read may be what the target has.
        if self._is_whole:
            self._each(partial(self._clear, name) for name in self.todo.doomed)
        for steps in reversed(list(_by_depth(self._unsettled()))):
            self._each(partial(self.target.settle, at(self.base, step.name), step.entry) for step in steps)

    def _files(self) -> None:
        places = {self._place(step) for step in self.todo.files} if not self.inplace else set()
        left = {step: self._copy_of(step) for step in self.todo.files if step.name not in self.ledger.finished}
        self._each(partial(self.target.mkdir, place) for place in sorted({self._place(step) for step in left} & places))
        begun = self.todo.partials if self.is_first else {place: self._begun(place) for place in places}
        self._each(partial(self._file, step, copy, begun) for step, copy in left.items())
        if self.atomic and self._is_whole:
            self._each(partial(self._publish, step) for step in self.todo.files)
        if self._is_whole:
            self._each(partial(self._remove_tree, place) for place in sorted(places | self.todo.partials.keys()))

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
        )

    def _file(self, step: Step, copy: FileCopy, begun: Mapping[str, Mapping[str, Entry]]) -> None:
        """Copy one file; what is wrong with it alone is noted, what is wrong with all is raised."""
        with (
            self._noting(step.name),
            self._one_large if step.entry.size >= self.large_bytes else contextlib.nullcontext(),
        ):
            if not self.is_first and self._is_there(copy):
                self._count(step.entry.size, there=True)
            else:
                place, name = posixpath.split(copy.partial)
                copy.run(self.target.look(copy.final) if self.inplace else begun.get(place, {}).get(name))
                if not self.atomic:
                    copy.publish()
            self.ledger.finish(step)

    def _publish(self, step: Step) -> None:
        copy = self._copy_of(step)
        with self._noting(step.name):
            # A cut among the renames leaves some that are done.
            if self.target.look(copy.partial) is not None:
                copy.publish()

    def _is_there(self, copy: FileCopy) -> bool:
        """Whether the file was complete when the link broke, though nobody could say so any more."""
        there = self.target.look(copy.final)
        return there is not None and there.has_content_of(copy.entry)

    def _link(self, step: Step) -> None:
        path = at(self.base, step.name)
        with self._noting(step.name):
            if self.target.look(path) is not None:
                self.target.remove(path)
            self.target.link(step.entry.link, path)

    def _clear(self, name: str) -> None:
        with self._noting(name):
            self._remove_tree(at(self.base, name))

    def _remove_tree(self, path: str) -> None:
        entry = self.target.look(path)
        if entry is None:
            return
        if entry.kind != "d":
            self.target.remove(path)
            return
        for name in self.target.names(path):
            self._remove_tree(at(path, name))
        self.target.rmdir(path)

    def _make_parents(self, path: str) -> None:
        if path not in {"", "/", "."} and self.target.look(path, follow=True) is None:
            self._make_parents(posixpath.dirname(path))
            self.target.mkdir(path, private=False)

    def _unsettled(self) -> list[Step]:
        """Return what gets its permissions and time at the end: directories in which anything changed, too."""
        todo = self.todo
        changed = [step.name for step in (*todo.directories, *todo.files, *todo.links)] + todo.doomed + todo.in_the_way
        touched = {step.name for step in todo.directories} | {posixpath.dirname(name) for name in changed if name}
        # What an earlier run left in them goes now.
        touched |= {name for name in todo.visited if at(at(self.base, name), PARTIAL_DIRECTORY) in todo.partials}
        found = {step.name: step for step in todo.settled}
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
            self.ledger.fail(name, exc)

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


def _by_depth(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Yield the steps of one depth after the other; the top is by itself."""
    depths: defaultdict[int, list[Step]] = defaultdict(list)
    for step in steps:
        depths[step.name.count("/") + bool(step.name)].append(step)
    for depth in sorted(depths):
        yield depths[depth]
