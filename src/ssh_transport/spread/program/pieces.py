"""
What is cut into pieces, and which of them are here. Runs on a box's Python 3.6.

A *state* directory holds the program, the plan and the numbers of the pieces that are here. What has arrived waits in a
*spool* beside the files' final places, in a file for each, until that is whole.
"""

import bisect
import contextlib
import hashlib
import json
import os
import stat
import zlib
from typing import IO, Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

_DIGEST_DIGITS = 64
_NS = 10**9
_ZEROS = bytes(1 << 16)


class Files:
    """The files of a plan and where they are here."""

    def __init__(self, plan: Dict[str, Any]) -> None:
        self.root: bytes = plan["root"].encode("latin-1")
        self.spool: bytes = plan["spool"].encode("latin-1")
        self.files = [(name.encode("latin-1"), size, mtime_ns, mode) for name, size, mtime_ns, mode in plan["files"]]
        if any(not parts or {b"", b".", b".."} & set(parts) for parts in (name.split(b"/") for name, *_ in self.files)):
            raise ValueError("a name that leads elsewhere")
        self._digests: str = plan["digests"]
        self._renamed: bytes = plan["renamed"].encode("latin-1")
        self._follow = 0 if plan["follow"] else os.O_NOFOLLOW
        self._piece_bytes: int = plan["piece_bytes"]
        self._starts = [0]
        for _, size, _, _ in self.files:
            self._starts.append(self._starts[-1] + size)
        self.count = -(-self._starts[-1] // self._piece_bytes)

    def length(self, piece: int) -> int:
        """Return how long a piece is."""
        return min(self._piece_bytes, self._starts[-1] - piece * self._piece_bytes)

    def parts(self, piece: int) -> Iterator[Tuple[int, int, int]]:
        """Yield what a piece is made of: the number of a file, where in it, how many bytes."""
        at, end = piece * self._piece_bytes, piece * self._piece_bytes + self.length(piece)
        index = bisect.bisect_right(self._starts, at) - 1
        while at < end:
            until = min(end, self._starts[index + 1])
            if until > at:
                yield index, at - self._starts[index], until - at
            at = until
            index += 1

    def pieces(self, index: int) -> range:
        """Return the pieces that hold something of a file."""
        size = self._piece_bytes
        return range(self._starts[index] // size, -(-self._starts[index + 1] // size))

    def final(self, index: int) -> bytes:
        """Return where a file belongs."""
        return os.path.join(self.root, self._renamed or self.files[index][0])

    def part(self, index: int) -> bytes:
        """Return where a file waits until it is whole; another version of it waits elsewhere."""
        name, size, mtime_ns, _ = self.files[index]
        return os.path.join(self.spool, hashlib.sha256(b"%d %d " % (size, mtime_ns) + name).hexdigest()[:32].encode())

    def is_there(self, index: int) -> bool:
        """Whether the file is in its final place, as far as size and time tell."""
        try:
            found = os.lstat(self.final(index))
        except OSError:
            return False
        _, size, mtime_ns, _ = self.files[index]
        return stat.S_ISREG(found.st_mode) and found.st_size == size and found.st_mtime_ns // _NS == mtime_ns // _NS

    def read(self, piece: int) -> bytes:
        """Return a piece, from wherever its files are; shorter where something is missing."""
        return b"".join(self._read(*part) for part in self.parts(piece))

    def _read(self, index: int, offset: int, count: int) -> bytes:
        handle = None
        if self.spool:
            with contextlib.suppress(FileNotFoundError):
                handle = os.open(self.part(index), os.O_RDONLY | os.O_NOFOLLOW)
        if handle is None:
            handle = os.open(self.final(index), os.O_RDONLY | os.O_NONBLOCK | self._follow)
        with os.fdopen(handle, "rb", buffering=0) as file:
            file.seek(offset)
            return read_exactly(file, count)

    def write(self, piece: int, data: bytes) -> None:
        """Keep a piece, but nothing of files that are there."""
        rest = memoryview(data)
        for index, offset, count in self.parts(piece):
            chunk, rest = rest[:count], rest[count:]
            if self.is_there(index):
                continue
            handle = os.open(self.part(index), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb", buffering=0) as file:
                _write(file, offset, chunk)

    def is_good(self, piece: int, data: bytes) -> bool:
        """Whether these are the bytes of the plan."""
        return hashlib.sha256(data).hexdigest() == self._digests[_DIGEST_DIGITS * piece :][:_DIGEST_DIGITS]


def _write(file: IO[bytes], offset: int, data: memoryview) -> None:
    """Write at an offset; zeros behind the end of the file become a hole, as in a file with holes that is copied."""
    end = os.fstat(file.fileno()).st_size
    for at in range(0, len(data), len(_ZEROS)):
        block = data[at : at + len(_ZEROS)]
        if offset + at >= end and block == _ZEROS[: len(block)]:
            continue
        file.seek(offset + at)
        while block:
            block = block[file.write(block) :]
    if os.fstat(file.fileno()).st_size < offset + len(data):
        file.truncate(offset + len(data))


def read_exactly(file: IO[bytes], count: int) -> bytes:
    """Return so many bytes, fewer at the end of the file."""
    found = []
    while count:
        chunk = file.read(count)
        if not chunk:
            break
        found.append(chunk)
        count -= len(chunk)
    return b"".join(found)


class Have:
    """The pieces that are here, which other processes of this machine add to."""

    def __init__(self, state: str) -> None:
        self.pieces: Set[int] = set()
        self._path = os.path.join(state, "have")
        self._at = 0

    def look(self) -> Set[int]:
        """Return the numbers, those included that have come since."""
        with open(self._path, "rb") as file:
            file.seek(self._at)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._at += len(whole) + 1
            self.pieces.update(map(int, whole.split()))
        return self.pieces

    def add(self, pieces: Iterable[int]) -> None:
        """Note pieces; one write is not mixed with another process's."""
        with open(self._path, "ab", buffering=0) as file:
            file.write(b"".join(b"%d\n" % piece for piece in pieces))


def next_piece(missing: List[int], here: Set[int]) -> Optional[int]:
    """Return the piece to send next: the first that the other lacks and that is here."""
    return next((piece for piece in missing if piece in here), None)


def files_of(state: str) -> Files:
    """Return the files of the plan in a state directory."""
    with open(os.path.join(state, "plan"), "rb") as file:
        return Files(json.loads(zlib.decompress(file.read()).decode()))
