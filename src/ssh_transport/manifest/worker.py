"""
Lists a path with the digest of every file; runs at both ends, on the box as a word handed to its Python.

Standard library only, one file, ASCII, Python 3.6: nothing of this package is imported. The order is a JSON word.
With "ask" it answers with the rates of its algorithms in bytes per second, and with its own path and version. Else
records follow, compressed by zlib, parents first and the names of a directory in byte order; each is five fields with a
NUL after each:
kind, name, size, digest, and a link's target or what is wrong. The root is called ".". Kinds:

d f l  directory, file, symlink
o      something that is not compared: a device, a socket, a pipe, or a directory of partial files
c u    changed while it was read; can't be read
h      a heartbeat, in which size is the bytes hashed so far
e      the end, in which size is the number of directories that changed meanwhile, and the last field names one
"""

import collections
import concurrent.futures
import errno
import hashlib
import json
import os
import re
import stat
import sys
import threading
import time
import zlib
from typing import Any, Callable, Deque, Dict, Iterator, List, NamedTuple, Optional, Tuple

_HEARTBEAT_S = 3
_READ_BYTES = 1 << 20
_FLUSH_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 20
_SAMPLES = 5
# Handing one small file to a thread costs more than hashing it.
_BATCH_FILES, _BATCH_BYTES = 32, 4 << 20
_MOST_THREADS = 16
# For each thread, so that one large file keeps the others busy with what follows it.
_AHEAD = 16
_DEEPEST = 20_000

# What names a file: kind, name, size, digest, and what else there is to say.
Record = Tuple[bytes, bytes, int, bytes, bytes]
Stamp = Tuple[int, ...]


class Entry(NamedTuple):
    """What the walk met: a record that is ready, a file to hash (`path`), or a directory that is done (`stamp`)."""

    record: Record
    path: bytes = b""
    stamp: Optional[Stamp] = None


def algorithms() -> Dict[str, Callable[[], Any]]:
    """Return the hash algorithms that this Python has."""
    known: Dict[str, Callable[[], Any]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}
    try:
        from blake3 import blake3
    except ImportError:
        return known
    known["blake3"] = blake3
    return known


def rates() -> Dict[str, float]:
    """Measure each algorithm for some milliseconds."""
    sample = bytes(_SAMPLE_BYTES)
    found = {}
    for name, make in algorithms().items():
        best = float("inf")
        for _ in range(_SAMPLES):
            start = time.perf_counter()
            make().update(sample)
            best = min(best, time.perf_counter() - start)
        found[name] = _SAMPLE_BYTES / max(best, 1e-9)
    return found


class Output:
    """Records on standard output, compressed, with a heartbeat while there are none."""

    def __init__(self) -> None:
        self.hashed_bytes = 0
        self._packer = zlib.compressobj(1)
        self._lock = threading.Lock()
        self._waiting: List[bytes] = []
        self._waiting_bytes = 0
        self._ended = threading.Event()
        self._pulse = threading.Thread(target=self._beat)
        self._pulse.daemon = True
        self._pulse.start()

    def put(self, record: Record) -> None:
        with self._lock:
            self._add(record)
            if self._waiting_bytes >= _FLUSH_BYTES:
                self._flush(zlib.Z_NO_FLUSH)

    def end(self, record: Record) -> None:
        self._ended.set()
        with self._lock:
            self._add(record)
            self._flush(zlib.Z_FINISH)

    def _add(self, record: Record) -> None:
        kind, name, size, digest, more = record
        data = b"\0".join((kind, name, b"%d" % size, digest, more, b""))
        self._waiting.append(data)
        self._waiting_bytes += len(data)

    def _flush(self, mode: int) -> None:
        data = self._packer.compress(b"".join(self._waiting)) + self._packer.flush(mode)
        self._waiting, self._waiting_bytes = [], 0
        while data:
            data = data[os.write(1, data) :]

    def _beat(self) -> None:
        try:
            while not self._ended.wait(_HEARTBEAT_S):
                with self._lock:
                    if not self._ended.is_set():
                        self._add((b"h", b"", self.hashed_bytes, b"", b""))
                        self._flush(zlib.Z_SYNC_FLUSH)
        except OSError:
            # Nobody listens any more.
            os._exit(1)


class Walk:
    """One run over a path."""

    def __init__(self, order: Dict[str, Any], output: Output) -> None:
        self.root = order["path"].encode("utf-8", "surrogateescape")
        self._prefix = order["prefix"].encode("utf-8", "surrogateescape")
        self._follow = order["copy_links"]
        self._left_out = {name.encode() for name in order["left_out"]}
        self._tell_left_out = order["tell_left_out"]
        self._rules = [(re.compile(rule["regex"].encode(), re.DOTALL), rule) for rule in order["rules"]]
        self._make = algorithms()[order["algorithm"]]
        self._output = output
        self._buffers = threading.local()
        self._lock = threading.Lock()

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
                yield Entry(_failed(name, exc))
        elif not stat.S_ISDIR(found.st_mode):
            yield Entry((b"o", name, 0, b"", b""))
        elif (found.st_dev, found.st_ino) in above:
            yield Entry(_failed(name, OSError(errno.ELOOP, os.strerror(errno.ELOOP))))
        else:
            try:
                names = sorted(os.listdir(path))
            except OSError as exc:
                yield Entry(_failed(name, exc))
                return
            yield Entry((b"d", name, 0, b"", b""))
            for child in names:
                for entry in self._child(path, name, child, [*above, (found.st_dev, found.st_ino)]):
                    yield entry
            yield Entry((b"d", name, 0, b"", b""), path, _stamp(found))

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
                yield Entry(_failed(inner, exc))
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

    def hashed(self, entries: List[Entry]) -> List[Record]:
        """Hash some files, in order."""
        return [self._hash(entry.record, entry.path) for entry in entries]

    def _hash(self, record: Record, path: bytes) -> Record:
        name = record[1]
        follow = 0 if self._follow or name == b"." else os.O_NOFOLLOW
        try:
            # A pipe that has come to stand there must not make us wait.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | follow)
        except OSError as exc:
            return _failed(name, exc)
        try:
            before = os.fstat(handle)
            digest, count = self._read(handle)
            after = os.fstat(handle)
        except OSError as exc:
            return _failed(name, exc)
        finally:
            os.close(handle)
        if _stamp(before) != _stamp(after) or count != after.st_size or not stat.S_ISREG(after.st_mode):
            return (b"c", name, 0, b"", b"")
        return (b"f", name, count, digest, b"")

    def _read(self, handle: int) -> Tuple[bytes, int]:
        buffer = getattr(self._buffers, "own", None)
        if buffer is None:
            buffer = self._buffers.own = memoryview(bytearray(_READ_BYTES))
        made = self._make()
        total = 0
        while True:
            count = os.readv(handle, [buffer])
            if not count:
                return made.hexdigest().encode(), total
            made.update(buffer[:count])
            total += count
            with self._lock:
                self._output.hashed_bytes += count


def run(order: Dict[str, Any]) -> None:
    """Walk, hash in threads, and put the records out in the order of the walk."""
    output = Output()
    walk = Walk(order, output)
    threads = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2, _MOST_THREADS
    )
    disturbed: List[bytes] = []
    changed_directories = 0
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for entry, records in _in_order(walk, pool, ahead=threads * _AHEAD):
            for record in records:
                output.put(record)
            if entry is not None and entry.stamp is None:
                output.put(entry.record)
            elif entry is not None and _now(entry.path) != entry.stamp:
                changed_directories += 1
                disturbed = disturbed or [entry.record[1]]
    output.end((b"e", b"", changed_directories, b"", b"".join(disturbed)))


def _in_order(
    walk: Walk, pool: concurrent.futures.ThreadPoolExecutor, ahead: int
) -> Iterator[Tuple[Optional[Entry], List[Record]]]:
    """Yield each entry and the records of each batch of files in the walk's order; at most `ahead` of both wait."""
    waiting: Deque[Any] = collections.deque()
    batch: List[Entry] = []
    batch_bytes = 0

    def hand_over() -> None:
        nonlocal batch, batch_bytes
        if batch:
            waiting.append(pool.submit(walk.hashed, batch))
        batch, batch_bytes = [], 0

    for entry in walk.entries():
        if entry.path and entry.stamp is None:
            batch.append(entry)
            batch_bytes += entry.record[2]
            if len(batch) >= _BATCH_FILES or batch_bytes >= _BATCH_BYTES:
                hand_over()
        else:
            hand_over()
            waiting.append(entry)
        while waiting and (len(waiting) > ahead or isinstance(waiting[0], Entry)):
            first = waiting.popleft()
            yield (first, []) if isinstance(first, Entry) else (None, first.result())
    hand_over()
    for first in waiting:
        yield (first, []) if isinstance(first, Entry) else (None, first.result())


def _failed(name: bytes, exc: OSError) -> Record:
    """Tell what vanished since its directory was listed from what can't be read."""
    kind = b"c" if exc.errno == errno.ENOENT and not os.path.islink(exc.filename or b"") else b"u"
    return (kind, name, 0, b"", (exc.strerror or str(exc)).encode("utf-8", "replace").replace(b"\0", b" "))


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _now(path: bytes) -> Stamp:
    try:
        return _stamp(os.stat(path))
    except OSError:
        return ()


def main() -> int:
    order = json.loads(sys.argv[1])
    # A path of 4096 bytes may be 2048 directories deep.
    sys.setrecursionlimit(_DEEPEST)
    try:
        if order.get("ask"):
            able = {"rates": rates(), "python": sys.executable or "", "version": sys.version_info[:2]}
            sys.stdout.write(json.dumps(able))
        else:
            run(order)
    except OSError as exc:
        if exc.errno != errno.EPIPE:
            sys.stderr.write("%s\n" % (exc.strerror or exc))
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads: nobody listens, or everything was said.
    os._exit(code)
