"""What is noted beside a partial file as it grows: how many of its bytes are stored, and their digest."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.trees.tree import Entry

if TYPE_CHECKING:
    from ssh_transport.trees.tree import Block, Sink, Tree

_RECORD_EVERY_BYTES = 1 << 24
_RECORD = re.compile(r"(\d{1,18}) ([0-9a-f]{64})\n")
_RECORD_BYTES = 128


def recorded_bytes(target: Tree, partial: str, size: int) -> int:
    """Return how many of a partial file's ``size`` bytes are as its note says; 0 where none does."""
    path = record_path(partial)
    if target.look(path) is None:
        return 0
    with target.reading(path, 0, _RECORD_BYTES) as blocks:
        match = _RECORD.fullmatch(b"".join(blocks).decode("ascii", "replace"))
    if not match or not 0 < int(match[1]) <= size:
        return 0
    return int(match[1]) if target.digests([(partial, int(match[1]))]) == [match[2]] else 0


def record_path(partial: str) -> str:
    """Return where the digest of a partial file is noted."""
    return f"{partial}.sha256"


class Recorder:
    """
    Notes the digest of a partial file as it grows, each time after its bytes are stored.

    :param start: how many bytes are there already.
    """

    def __init__(self, target: Tree, partial: str, start: int) -> None:
        self._target, self._partial = target, partial
        self._whole = sha256()
        self._bytes = self._noted_bytes = 0
        if start:
            with target.reading(partial, 0, start) as blocks:
                for block in blocks:
                    self._add(block)
            self._noted_bytes = start

    def wrote(self, block: Block, sink: Sink) -> None:
        """Count what was added to the file, and note its digest now and then."""
        self._add(block)
        if self._bytes - self._noted_bytes < _RECORD_EVERY_BYTES:
            return
        sink.sync()
        path, line = record_path(self._partial), f"{self._bytes} {self._whole.hexdigest()}\n".encode()
        with self._target.writing(f"{path}.new", 0) as record:
            record.write(line)
            record.sync()
            record.finish(Entry(0o600, len(line)))
        self._target.rename(f"{path}.new", path)
        self._noted_bytes = self._bytes

    def forget(self) -> None:
        """Remove the note: the file is complete."""
        path = record_path(self._partial)
        if self._target.look(path) is not None:
            self._target.remove(path)

    def _add(self, block: Block) -> None:
        self._whole.update(block)
        self._bytes += len(block)
