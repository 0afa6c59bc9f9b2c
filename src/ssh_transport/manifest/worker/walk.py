"""What lies below a path, in the order of its listing. Runs on a box's Python 3.6."""

import errno
import os
import re
import stat
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

# What names a file: kind, name, size, digest, and what else there is to say.
Record = Tuple[bytes, bytes, int, bytes, bytes]
Stamp = Tuple[int, ...]


class Entry(NamedTuple):
    """What the walk met: a record that is ready, a file to hash (`path`), or a directory that is done (`stamp`)."""

    record: Record
    path: bytes = b""
    stamp: Optional[Stamp] = None


class Walk:
    """One run over the path of an order, with its exclude patterns."""

    def __init__(self, order: Dict[str, Any]) -> None:
        self.root = order["path"].encode("utf-8", "surrogateescape")
        self._prefix = order["prefix"].encode("utf-8", "surrogateescape")
        self._follow = order["copy_links"]
        self._left_out = {name.encode() for name in order["left_out"]}
        self._tell_left_out = order["tell_left_out"]
        self._rules = [(re.compile(rule["regex"].encode(), re.DOTALL), rule) for rule in order["rules"]]

    def entries(self) -> Iterator[Entry]:
        """Yield everything below the root; a root that can't be looked at at all is an error."""
        look = os.stat if self._follow else os.lstat
        found = look(self.root)
        if self._prefix and self._excluded(self._prefix, is_directory=stat.S_ISDIR(found.st_mode)):
            return
        for entry in self._visit(self.root, b".", found, []):
            yield entry

    def _visit(self, path: bytes, name: bytes, found: os.stat_result, above: List[Tuple[int, int]]) -> Iterator[Entry]:
        if stat.S_ISREG(found.st_mode):
            yield Entry((b"f", name, found.st_size, b"", b""), path)
        elif stat.S_ISLNK(found.st_mode):
            try:
                yield Entry((b"l", name, 0, b"", os.readlink(path)))
            except OSError as exc:
                yield Entry(failed(name, exc))
        elif not stat.S_ISDIR(found.st_mode):
            yield Entry((b"o", name, 0, b"", b""))
        elif (found.st_dev, found.st_ino) in above:
            yield Entry(failed(name, OSError(errno.ELOOP, os.strerror(errno.ELOOP))))
        else:
            try:
                names = sorted(os.listdir(path))
            except OSError as exc:
                yield Entry(failed(name, exc))
                return
            yield Entry((b"d", name, 0, b"", b""))
            for child in names:
                for entry in self._child(path, name, child, [*above, (found.st_dev, found.st_ino)]):
                    yield entry
            yield Entry((b"d", name, 0, b"", b""), path, stamp(found))

    def _child(self, path: bytes, name: bytes, child: bytes, above: List[Tuple[int, int]]) -> Iterator[Entry]:
        inner = child if name == b"." else name + b"/" + child
        if child in self._left_out:
            if self._tell_left_out:
                yield Entry((b"o", inner, 0, b"", b""))
            return
        whole = os.path.join(path, child)
        try:
            found = os.stat(whole) if self._follow else os.lstat(whole)
        except OSError as exc:
            if not self._excluded(self._below(inner), is_directory=False):
                yield Entry(failed(inner, exc))
            return
        if not self._excluded(self._below(inner), is_directory=stat.S_ISDIR(found.st_mode)):
            for entry in self._visit(whole, inner, found, above):
                yield entry

    def _below(self, name: bytes) -> bytes:
        return self._prefix + b"/" + name if self._prefix else name

    def _excluded(self, name: bytes, *, is_directory: bool) -> bool:
        path = b"/" + name
        for regex, rule in self._rules:
            if rule["directories_only"] and not is_directory:
                continue
            if regex.fullmatch(path) or (is_directory and regex.fullmatch(path + b"/")):
                return bool(rule["excludes"])
        return False


def failed(name: bytes, exc: OSError) -> Record:
    """Tell what vanished since its directory was listed from what can't be read."""
    kind = b"c" if exc.errno == errno.ENOENT and not os.path.islink(exc.filename or b"") else b"u"
    return (kind, name, 0, b"", (exc.strerror or str(exc)).encode("utf-8", "replace").replace(b"\0", b" "))


def stamp(found: os.stat_result) -> Stamp:
    """Return what changes with a file or directory."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def now(path: bytes) -> Stamp:
    """Return the stamp of what is at the path now, nothing if there is none."""
    try:
        return stamp(os.stat(path))
    except OSError:
        return ()
