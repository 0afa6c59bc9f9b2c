"""Lists a path as the order in the argv says: records in the order of the walk. Runs on a box's Python 3.6."""

import collections
import errno
import functools
import json
import os
import sys
import threading
import zlib
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Tuple

from .hashing import Hasher, rates
from .walk import Entry, Record, Walk, now

_HEARTBEAT_S = 3
_FLUSH_BYTES = 1 << 16
# Handing one small file to a thread costs more than hashing it.
_BATCH_FILES, _BATCH_BYTES = 32, 4 << 20
_MOST_THREADS = 16
# For each thread, so that one large file keeps the others busy with what follows it.
_AHEAD = 16
_DEEPEST = 20_000


class _Output:
    """Records on standard output, compressed, with a heartbeat while there are none."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
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
                        self._add((b"h", b"", self._hasher.hashed_bytes, b"", b""))
                        self._flush(zlib.Z_SYNC_FLUSH)
        except OSError:
            # Nobody listens any more.
            os._exit(1)


class _Hands:
    """
    Hash batches of files in threads of their own.

    What is no more than a batch in all is hashed by whoever wants to know: to import threads takes longer.
    """

    def __init__(self, hasher: Hasher, threads: int) -> None:
        self._hasher = hasher
        self._threads = threads
        self._pool: Any = None
        self._files = self._bytes = 0

    def take(self, batch: List[Entry]) -> Callable[[], List[Record]]:
        """Return what tells the records."""
        self._files += len(batch)
        self._bytes += sum(entry.record[2] for entry in batch)
        if self._files <= _BATCH_FILES and self._bytes <= _BATCH_BYTES:
            return functools.partial(self._hasher.hashed, batch)
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads)
        told: Callable[[], List[Record]] = self._pool.submit(self._hasher.hashed, batch).result
        return told


def run(order: Dict[str, Any]) -> None:
    """Walk, hash in threads, and put the records out in the order of the walk."""
    walk, hasher = Walk(order), Hasher(order)
    output = _Output(hasher)
    threads = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2, _MOST_THREADS
    )
    disturbed: List[bytes] = []
    changed_directories = 0
    for entry, records in _in_order(walk, _Hands(hasher, threads), ahead=threads * _AHEAD):
        for record in records:
            output.put(record)
        if entry is not None and entry.stamp is None:
            output.put(entry.record)
        elif entry is not None and now(entry.path) != entry.stamp:
            changed_directories += 1
            disturbed = disturbed or [entry.record[1]]
    output.end((b"e", b"", changed_directories, b"", b"".join(disturbed)))


def _in_order(walk: Walk, hands: _Hands, ahead: int) -> Iterator[Tuple[Optional[Entry], List[Record]]]:
    """Yield each entry and the records of each batch of files in the walk's order; at most `ahead` of both wait."""
    waiting: Deque[Any] = collections.deque()
    batch: List[Entry] = []
    batch_bytes = 0

    def hand_over() -> None:
        nonlocal batch, batch_bytes
        if batch:
            waiting.append(hands.take(batch))
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
            yield (first, []) if isinstance(first, Entry) else (None, first())
    hand_over()
    for first in waiting:
        yield (first, []) if isinstance(first, Entry) else (None, first())


def main() -> None:
    """Do what the first argument says, and end the process."""
    code = _main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads: nobody listens, or everything was said.
    os._exit(code)


def _main() -> int:
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
