"""Digests of files, and which algorithms this Python has. Runs on a box's Python 3.6."""

import hashlib
import os
import stat
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Tuple

from .walk import Entry, Record, failed, stamp

_READ_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 18
_SAMPLES = 5

_OWN: Dict[str, Callable[[], Any]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}


def algorithms() -> Dict[str, Callable[[], Any]]:
    """Return the hash algorithms that this Python has."""
    known = dict(_OWN)
    if sys.flags.no_site:
        # Where packages lie: to look takes as long as the interpreter's own start, and is for this alone.
        import site

        site.main()
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


class Hasher:
    """
    Hashes files, for several threads at once.

    :ivar hashed_bytes: what was read so far.
    """

    def __init__(self, order: Dict[str, Any]) -> None:
        self.hashed_bytes = 0
        self._follow = order["copy_links"]
        self._make = _OWN.get(order["algorithm"]) or algorithms()[order["algorithm"]]
        self._buffers = threading.local()
        self._lock = threading.Lock()

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
            return failed(name, exc)
        try:
            before = os.fstat(handle)
            digest, count = self._read(handle)
            after = os.fstat(handle)
        except OSError as exc:
            return failed(name, exc)
        finally:
            os.close(handle)
        if stamp(before) != stamp(after) or count != after.st_size or not stat.S_ISREG(after.st_mode):
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
                self.hashed_bytes += count
