"""What two sides of a copy differ in: both trees are listed level by level, many directories at once."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors import BoxError, Incomplete
from ssh_transport.text import one_line

from .tree import LEFT_OUT, PARTIAL_DIRECTORY, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from ssh_transport.transfer.patterns import Excluded

    from .tree import Tree

_DEEPEST = 100
_MOST_ENTRIES = 5_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """Something to bring about; ``name`` is relative to the top, and empty for the top itself."""

    name: str
    entry: Entry


@dataclass
class Differences:
    """
    What a copy has to do.

    ``directories`` and ``settled`` (permissions and times alone) have parents first; ``in_the_way`` and ``doomed`` are
    names at the target, what is below them included; ``partials`` has what earlier attempts left, by its directory's
    path; ``visited`` are all directories, by name, and ``standing`` names that will be replaced.
    """

    directories: list[Step] = field(default_factory=list)
    files: list[Step] = field(default_factory=list)
    links: list[Step] = field(default_factory=list)
    settled: list[Step] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)
    doomed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    partials: dict[str, Mapping[str, Entry]] = field(default_factory=dict)
    visited: dict[str, Step] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory whose two sides are to be listed; ``real`` is the source's, to notice a circle of links."""

    name: str
    real: str
    stands: bool


class Chosen:
    """
    Whether a name is one of the files that a copy is restricted to, or a directory above one.

    :param only: the names of the files; none for no restriction.
    """

    def __init__(self, only: Sequence[str]) -> None:
        self._files = frozenset(only)
        self._above = {
            "/".join(parts[:deep]) for parts in (name.split("/") for name in only) for deep in range(1, len(parts))
        }

    def __call__(self, name: str, entry: Entry) -> bool:
        """:param name: relative to the source."""
        wanted = {"d": self._above, "f": self._files}
        return not self._files or name in wanted.get(entry.kind, ())


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides and the rules that say what belongs to a copy."""

    source: Tree
    origin: str
    target: Tree
    base: str
    prefix: str
    excluded: Excluded
    follow: bool
    delete: bool
    chosen: Chosen

    def of(self, top: Entry, pool: Executor) -> Differences:
        """Compare from the top down; what can't be read is a failure, and keeps the rest from nothing."""
        found = Differences()
        real = self.source.real(self.origin) if self.follow else self.origin
        if top.kind == "f":
            self._note_partials(posixpath.dirname(self.base), found)
        level = list(self._decide("", top, self.target.look(self.base), real, found))
        for _ in range(_DEEPEST):
            if not level:
                return found
            listed = pool.map(self._listed, level)
            level = [
                below
                for directory, sides in zip(level, listed, strict=True)
                for below in self._compare(directory, *sides, found)
            ]
        raise Incomplete(f"more than {_DEEPEST} directories deep: `{one_line(level[0].name)}`")

    def _note_partials(self, directory: str, found: Differences) -> None:
        path = at(directory, PARTIAL_DIRECTORY)
        stands = self.target.look(path)
        if stands is not None and stands.kind == "d":
            found.partials[path] = self.target.names(path)

    def _listed(self, directory: _Directory) -> tuple[Mapping[str, Entry] | str, Mapping[str, Entry]]:
        """Return the two listings; words instead of the source's where it can't be read."""
        try:
            entries = self.source.names(at(self.origin, directory.name), follow=self.follow)
        except (BoxError, PermissionError, FileNotFoundError) as exc:
            return f"{directory.name or '.'}: {getattr(exc, 'cause', '') or exc}", {}
        stands = self.target.names(at(self.base, directory.name)) if directory.stands else {}
        return entries, stands

    def _compare(
        self, directory: _Directory, entries: Mapping[str, Entry] | str, stands: Mapping[str, Entry], found: Differences
    ) -> Iterator[_Directory]:
        if isinstance(entries, str):
            found.failures.append(entries)
            return
        if PARTIAL_DIRECTORY in stands:
            self._note_partials(at(self.base, directory.name), found)
        found.count += len(entries)
        if found.count > _MOST_ENTRIES:
            raise Incomplete(f"more than {_MOST_ENTRIES:,} files", hint="copy it directory by directory")
        for name, entry in sorted(entries.items()):
            inner = at(directory.name, name)
            if name not in LEFT_OUT and self.chosen(inner, entry) and not self._is_excluded(inner, entry):
                yield from self._decide(inner, entry, stands.get(name), at(directory.real, name), found)
        if self.delete:
            found.doomed += (at(directory.name, name) for name in self._extra(directory, entries, stands))

    def _extra(self, directory: _Directory, entries: Mapping[str, Entry], stands: Mapping[str, Entry]) -> Sequence[str]:
        gone = stands.keys() - entries.keys() - LEFT_OUT
        return [name for name in sorted(gone) if not self._is_excluded(at(directory.name, name), stands[name])]

    def _decide(
        self, name: str, entry: Entry, stands: Entry | None, real: str, found: Differences
    ) -> Iterator[_Directory]:
        """Note what one entry needs; yield the directory to go on with."""
        step = Step(name, entry)
        if self.follow and entry.kind == "l":
            found.failures.append(f"{name}: the symlink leads nowhere")
            return
        if entry.kind == "o":
            found.skipped.append(name or posixpath.basename(self.origin))
            return
        if stands is not None and stands.kind != entry.kind and not self._makes_way(step, stands, found):
            return
        same = stands is not None and entry.has_content_of(stands)
        if stands is not None and not same:
            found.standing.add(name)
        if not same:
            {"d": found.directories, "f": found.files, "l": found.links}[entry.kind].append(step)
        elif stands is not None and entry.kind != "l" and not entry.settled_as(stands):
            found.settled.append(step)
        if entry.kind == "d":
            if entry.link:
                above, real = posixpath.dirname(real), self.source.real(at(self.origin, name))
                if f"{above}/".startswith(f"{real.rstrip('/')}/"):
                    found.failures.append(f"{name}: the symlink leads in a circle")
                    return
            found.visited[name] = step
            yield _Directory(name, real, same)

    def _makes_way(self, step: Step, stands: Entry, found: Differences) -> bool:
        """Note what must go first; a directory goes only where deleting was asked for, as with rsync."""
        if stands.kind == "d" and not self.delete:
            found.failures.append(f"{step.name}: a directory stands where it must go")
            return False
        # A file is renamed over what stands there, and a link made in its place.
        if "d" in {stands.kind, step.entry.kind}:
            found.in_the_way.append(step.name)
        return True

    def _is_excluded(self, name: str, entry: Entry) -> bool:
        whole = f"{self.prefix}/{name}" if self.prefix else name
        return self.excluded(whole, is_directory=entry.kind == "d")


def at(base: str, name: str) -> str:
    """Return the path of what is called `name` below `base`."""
    return posixpath.join(base, name) if name else base
