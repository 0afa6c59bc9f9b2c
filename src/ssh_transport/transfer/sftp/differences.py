"""What two sides of a copy differ in: both trees are listed level by level, many directories at once."""

from __future__ import annotations

import fnmatch
import posixpath
import stat
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import BoxError
from ssh_transport.leftovers import LEFT_OUT, SFTP_PARTIAL_DIRECTORY
from ssh_transport.trees.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from ssh_transport.request.patterns import Excluded
    from ssh_transport.trees.tree import Entry, Tree


@dataclass(frozen=True, slots=True)
class Step:
    """Something to bring about; ``name`` is relative to the top, and empty for the top itself."""

    name: str
    entry: Entry


@dataclass
class Differences:
    """
    What a copy has to do.

    ``directories`` and ``attributes`` (permissions and times alone) have parents first. ``replaced`` are names of what
    gives way to a directory, ``in_the_way`` those of empty directories that give way to a file or a link. ``doomed`` is
    what only the target has, and whether it is a directory. ``partials`` is what earlier attempts left, by the path of
    its directory. ``visited`` are all directories, by name; ``listed`` and ``listed_there`` how many names each has at
    the source and at the target. ``standing`` are names that will be replaced. ``count`` is how many names the source
    has, ``kept`` how many of them the target has too, ``matched`` how many are files or links.
    """

    directories: list[Step] = field(default_factory=list)
    files: list[Step] = field(default_factory=list)
    links: list[Step] = field(default_factory=list)
    attributes: list[Step] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    in_the_way: set[str] = field(default_factory=set)
    doomed: dict[str, bool] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    partials: dict[str, Mapping[str, Entry]] = field(default_factory=dict)
    visited: dict[str, Step] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)
    listed_there: dict[str, int] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    count: int = 0
    kept: int = 0
    matched: int = 0


@dataclass(frozen=True, slots=True)
class _Directory:
    """
    A directory whose two sides are to be listed; ``real`` is the source's, to notice a circle of links.

    One that ``only_target`` has is listed for what would be deleted in it.
    """

    name: str
    real: str
    stands: bool
    only_target: bool = False


class Chosen:
    """
    Whether a name is one of the files that a copy is restricted to, or a directory above one.

    :param only: the names of the files; `None` for no restriction.
    :param links: whether a name may be that of a link.
    """

    def __init__(self, only: Sequence[str] | None, *, links: bool = False) -> None:
        self._is_all = only is None
        files = frozenset(only or ())
        above = {
            "/".join(parts[:deep]) for parts in (name.split("/") for name in files) for deep in range(1, len(parts))
        }
        self._wanted = {"d": above, "f": files, "l": files if links else frozenset()}

    def __call__(self, name: str, entry: Entry) -> bool:
        """:param name: relative to the source."""
        return self._is_all or name in self._wanted.get(entry.kind, ())


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides and the rules that say what belongs to a copy."""

    source: Tree
    origin: str
    target: Tree
    base: str
    prefix: str
    excluded: Excluded
    protected: Sequence[str]
    follow: bool
    delete: bool
    chosen: Chosen
    window_s: int = 0
    folds_case: bool = False

    def of(self, top: Entry, pool: Executor) -> Differences:
        """Compare from the top down; what can't be read is a failure, and keeps the rest from nothing."""
        found = Differences()
        if self.prefix and self.excluded(self.prefix, is_directory=top.kind == "d"):
            return found
        real = self.source.real(self.origin) if self.follow else self.origin
        if top.kind == "f":
            self._note_partials(posixpath.dirname(self.base), found)
        begin = self._decide("", top, self.target.look(self.base), real, found)
        walk = Walk(begin, lambda level: pool.map(self._listed, level), self.origin)
        for directory, sides in walk:
            walk.enter(self._compare(directory, *sides, found))
            walk.count(len(sides[1]) if isinstance(sides[0], str) else max(map(len, sides)))
        return found

    def _note_partials(self, directory: str, found: Differences) -> None:
        path = at(directory, SFTP_PARTIAL_DIRECTORY)
        stands = self.target.look(path)
        if stands is not None and stands.kind == "d":
            found.partials[path] = self.target.names(path)

    def _listed(self, directory: _Directory) -> tuple[Mapping[str, Entry] | str, Mapping[str, Entry]]:
        """Return the two listings; words instead of the source's where it can't be read."""
        try:
            stands = self.target.names(at(self.base, directory.name)) if directory.stands else {}
            if directory.only_target:
                return {}, stands
            return self.source.names(at(self.origin, directory.name), follow=self.follow), stands
        except (ConnectionError, TimeoutError):
            raise
        except (BoxError, OSError) as exc:
            return f"{directory.name or '.'}: {getattr(exc, 'cause', '') or exc}", {}

    def _compare(
        self, directory: _Directory, entries: Mapping[str, Entry] | str, stands: Mapping[str, Entry], found: Differences
    ) -> Iterator[_Directory]:
        if isinstance(entries, str):
            found.failures.append(entries)
            return
        if directory.stands:
            found.listed_there[directory.name] = len(stands)
        if directory.only_target:
            yield from self._extra(directory, stands, found)
            return
        if SFTP_PARTIAL_DIRECTORY in stands:
            self._note_partials(at(self.base, directory.name), found)
        found.listed[directory.name] = len(entries)
        stands = {self._folded(name): entry for name, entry in stands.items()} if self.folds_case else dict(stands)
        for name, entry in sorted(entries.items()):
            inner = at(directory.name, name)
            if name in LEFT_OUT or not self.chosen(inner, entry) or self._is_left_out(inner, entry):
                continue
            there = stands.pop(self._folded(name), None)
            found.count += 1
            found.kept += there is not None
            yield from self._decide(inner, entry, there, at(directory.real, name), found)
        if self.delete:
            # Also what the source has under that name, but leaves out: it is another kind of thing there.
            yield from self._extra(directory, stands, found)

    def _extra(self, directory: _Directory, gone: Mapping[str, Entry], found: Differences) -> Iterator[_Directory]:
        """Note what only the target has and nothing protects; yield the directories among it: they are listed too."""
        for name, entry in sorted(gone.items()):
            inner = at(directory.name, name)
            if name in LEFT_OUT or self._is_excluded(inner, entry) or self._is_protected(name):
                continue
            if entry.kind == "d":
                yield self._doomed(inner, found)
            else:
                found.doomed[inner] = False

    def _doomed(self, name: str, found: Differences) -> _Directory:
        found.doomed[name] = True
        return _Directory(name, "", stands=True, only_target=True)

    def _decide(
        self, name: str, entry: Entry, stands: Entry | None, real: str, found: Differences
    ) -> Iterator[_Directory]:
        """Note what one entry needs; yield the directories to go on with."""
        if why := self._never_copied(name, entry, found):
            found.failures.append(f"{name}: {why}")
        if why or entry.kind == "o":
            return
        if stands is not None and stands.kind != entry.kind:
            if stands.kind == "d" and not self.delete and self.target.names(at(self.base, name)):
                # As with rsync: a directory with something in it goes only where deleting was asked for.
                found.failures.append(f"{name}: a directory stands where it must go")
                return
            yield from self._giving_way(name, entry, stands, found)
        same = self._note(Step(name, entry), stands, found)
        if entry.kind != "d":
            return
        if entry.link:
            above, real = posixpath.dirname(real), self.source.real(at(self.origin, name))
            if f"{above}/".startswith(f"{real.rstrip('/')}/"):
                found.failures.append(f"{name}: the symlink leads in a circle")
                return
        found.visited[name] = Step(name, entry)
        yield _Directory(name, real, same)

    def _never_copied(self, name: str, entry: Entry, found: Differences) -> str:
        """Return why an entry can't be copied, or nothing; devices and their like are left out and no failure."""
        if entry.kind == "o":
            found.skipped.append(name or posixpath.basename(self.origin))
        return "the symlink leads nowhere" if self.follow and entry.kind == "l" else ""

    def _giving_way(self, name: str, entry: Entry, stands: Entry, found: Differences) -> Iterator[_Directory]:
        if stands.kind == "d" and self.delete:
            yield self._doomed(name, found)
        elif stands.kind == "d":
            found.in_the_way.add(name)
        elif entry.kind == "d":
            found.replaced.append(name)

    def _note(self, step: Step, stands: Entry | None, found: Differences) -> bool:
        """Note what has to be made or set; return whether the same is there already."""
        entry = step.entry
        found.matched += entry.kind != "d"
        same = stands is not None and entry.has_content_of(stands, self.window_s)
        if stands is not None and not same:
            found.standing.add(step.name)
        if not same:
            {"d": found.directories, "f": found.files, "l": found.links}[entry.kind].append(step)
        elif stands is not None and entry.kind != "l" and not entry.has_attributes_of(stands, self.window_s):
            found.attributes.append(step)
        return same

    def _folded(self, name: str) -> str:
        """Return what names at the target are compared by."""
        return unicodedata.normalize("NFC", name).casefold() if self.folds_case else name

    def _is_left_out(self, name: str, entry: Entry) -> bool:
        """Whether a filter leaves a name of the source out; of a link that leads nowhere nobody knows what it is."""
        dangles = self.follow and entry.kind == "l"
        return self._is_excluded(name, entry) or (
            dangles and self._is_excluded(name, replace(entry, mode=stat.S_IFDIR))
        )

    def _is_protected(self, name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.protected)

    def _is_excluded(self, name: str, entry: Entry) -> bool:
        whole = f"{self.prefix}/{name}" if self.prefix else name
        return self.excluded(whole, is_directory=entry.kind == "d")


def at(base: str, name: str) -> str:
    """Return the path of what is called `name` below `base`."""
    return posixpath.join(base, name) if name else base
