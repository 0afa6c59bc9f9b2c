"""Compares two listings record by record as they arrive."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.text import count, one_line, size

from .records import MANIFEST, RECEIPT, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .records import End, Record

# The most important first.
KINDS: Mapping[str, str] = {
    "missing": "only at the source",
    "different": "of other content or size",
    "other_kind": "of another kind",
    "other_link": "links that lead elsewhere",
    "changed": "changed while being read",
    "unreadable": "can't be read",
    "extra": "only at the target",
}
_NAMES_KEPT, _NAMES_SHOWN = 1_000, 20
# Receipts of earlier copies into the same directory do not count as extra.
_RECEIPTS = (RECEIPT.encode(), MANIFEST.encode())
_COUNTED = {b"f": "files", b"d": "directories", b"l": "links"}


@dataclass
class Names:
    """The number of names, and the first thousand of them."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: bytes, more: bytes = b"", *, times: int = 1) -> None:
        """Count a name; `more` is a remark on it."""
        self.count += times
        if len(self.names) < _NAMES_KEPT:
            self.names.append(os.fsdecode(name) + (f" ({os.fsdecode(more)})" if more else ""))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """
    The numbers of identical entries, and the differences by kind (the keys of `KINDS`).

    The root hashes cover the records of all names at the source; they are equal if all of it is at the target.
    ``special`` are entries that were not compared: devices, sockets, pipes, directories of partial files. ``outward``
    are symlinks that are the same at both ends and lead out of the path.
    """

    algorithm: str
    files: int
    bytes: int
    links: int
    directories: int
    differences: Mapping[str, Names]
    special: Names
    outward: Names
    source_hash: str
    target_hash: str

    @property
    def identical(self) -> bool:
        """Whether both ends are the same."""
        return not any(found.count for found in self.differences.values())

    @property
    def arrived(self) -> bool:
        """Whether everything at the source is the same at the target, which may have more."""
        return not any(found.count for kind, found in self.differences.items() if kind != "extra")

    @property
    def counts(self) -> str:
        """The numbers of differences by kind, in one line."""
        found = [f"{names.count:,} {KINDS[kind]}" for kind, names in self.differences.items() if names.count]
        return ", ".join(found) or "no difference"

    def __str__(self) -> str:
        others = [count(self.links, "symlink")] if self.links else []
        others += (
            [count(self.directories, "directory").replace("directorys", "directories")] if self.directories else []
        )
        head = f"{count(self.files, 'file')} ({size(self.bytes)}) compared equal by {self.algorithm}"
        lines = [", ".join((head, *others)) + f"; {self.counts}"]
        for kind, found in self.differences.items():
            shown = [one_line(name) for name in found.names[:_NAMES_SHOWN]]
            if found.count > len(shown):
                shown.append(f"... and {found.count - len(shown):,} more")
            lines += [f"  {KINDS[kind]}: {name}" for name in shown]
        if self.special.count:
            named = one_line(", ".join(self.special.names[:3]))
            lines.append(f"  not compared: {named} ... (no file, directory or link, or the name of an unfinished copy)")
        return "\n".join(lines)


class Merge:
    """
    A running comparison.

    :param root: the absolute path of the source, if known: an absolute link below it does not lead out of it.
    :param keep: called with each packed record of the target whose name is at the source, too.
    """

    def __init__(self, algorithm: str, root: str = "", keep: Callable[[bytes], object] = lambda _: None) -> None:
        self._algorithm = algorithm
        self._root = os.fsencode(root.rstrip("/")) if root.startswith("/") else b""
        self._keep = keep
        self._differences = {kind: Names() for kind in KINDS}
        self._special, self._outward = Names(), Names()
        self._counts = {"files": 0, "directories": 0, "links": 0}
        self._hashes = sha256(), sha256()
        self.bytes = 0

    def compare(self, source: Iterator[Record], target: Iterator[Record], tick: Callable[[bytes], None]) -> None:
        """
        Read both listings to their ends; only one record of each is in memory.

        :param tick: called with each name.
        """
        ours, theirs = next(source, None), next(target, None)
        while ours is not None or theirs is not None:
            if theirs is None or (ours is not None and ours.key < theirs.key):
                if ours is not None:
                    self._only_at_source(ours)
                    tick(ours.name)
                ours = next(source, None)
            elif ours is None or theirs.key < ours.key:
                if not theirs.name.endswith(_RECEIPTS):
                    self._differences["extra"].add(theirs.name)
                tick(theirs.name)
                theirs = next(target, None)
            else:
                self._at_both(ours, theirs)
                tick(ours.name)
                ours, theirs = next(source, None), next(target, None)

    def count_changed(self, end: End | None) -> None:
        """Count the directories that changed while they were listed."""
        if end is not None and end.changed:
            self._differences["changed"].add(end.example, b"a directory", times=end.changed)

    def result(self) -> Comparison:
        """Return the result."""
        source, target = (digest.hexdigest() for digest in self._hashes)
        return Comparison(
            algorithm=self._algorithm,
            bytes=self.bytes,
            differences=self._differences,
            special=self._special,
            outward=self._outward,
            source_hash=source,
            target_hash=target,
            **self._counts,
        )

    def _only_at_source(self, ours: Record) -> None:
        if ours.kind == b"o":
            self._special.add(ours.name)
            return
        self._hashes[0].update(ours.packed)
        if not self._not_comparable(ours, b"at the source"):
            self._differences["missing"].add(ours.name)

    def _at_both(self, ours: Record, theirs: Record) -> None:
        if ours.kind == b"o":
            self._special.add(ours.name)
            return
        self._hashes[0].update(ours.packed)
        self._hashes[1].update(theirs.packed)
        self._keep(theirs.packed)
        if self._not_comparable(ours, b"at the source") or self._not_comparable(theirs, b"at the target"):
            return
        if ours.kind != theirs.kind:
            self._differences["other_kind"].add(ours.name)
        elif ours.more != theirs.more:
            self._differences["other_link"].add(ours.name)
        elif ours != theirs:
            self._differences["different"].add(ours.name)
        else:
            self._same(ours)

    def _not_comparable(self, record: Record, where: bytes) -> bool:
        """Count a file that changed while it was read, or can't be read; return whether it is one."""
        kind = {b"c": "changed", b"u": "unreadable"}.get(record.kind)
        if kind:
            self._differences[kind].add(record.name, b": ".join(filter(None, (where, record.more))))
        return bool(kind)

    def _same(self, record: Record) -> None:
        self._counts[_COUNTED[record.kind]] += 1
        self.bytes += record.size
        if record.kind == b"l" and self._leads_out(record):
            self._outward.add(record.name)

    def _leads_out(self, link: Record) -> bool:
        """Whether the target of a link is outside of the path; only its text is examined."""
        if link.more.startswith(b"/"):
            target = posixpath.normpath(link.more)
            return not self._root or not (target + b"/").startswith(self._root + b"/")
        if link.name == ROOT:
            return True
        target = posixpath.normpath(posixpath.join(posixpath.dirname(link.name), link.more))
        return target == b".." or target.startswith(b"../")
