"""One receipt for a copy directory by directory: the manifests of the directories, put together in their order."""

from __future__ import annotations

import contextlib
import gzip
import heapq
import os
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Self

from ssh_transport.manifest.comparison import KINDS, Comparison, Names
from ssh_transport.manifest.records import ROOT, Reader, Record, unpacked
from ssh_transport.temporary import PrivateDirectory

from .items import BESIDE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

_CHUNK_BYTES = 1 << 18


class Manifests:
    """The manifests of the directories of one run, in files; threads share it. In a `with`."""

    def __init__(self) -> None:
        self._directory = PrivateDirectory()
        self._proven: dict[str, Comparison] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[BinaryIO]:
        """Open the manifest of an item to be written anew."""
        with self._path(name).open("w+b") as file:
            yield file

    def add(self, name: str, found: Comparison) -> None:
        """Say that all of an item has arrived, by this comparison."""
        self._proven[name] = found

    def put_together(self, file: IO[bytes]) -> Comparison:
        """Write the manifest of all items, and return their comparisons as one in which nothing differs."""
        parts = list(self._proven.values())
        digest = sha256()
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
            for record in self._records():
                digest.update(record.packed)
                packed.write(record.packed)
            packed.write(Record(b"e", b"").packed)
        return Comparison(
            algorithm=parts[0].algorithm,
            files=sum(part.files for part in parts),
            bytes=sum(part.bytes for part in parts),
            links=sum(part.links for part in parts),
            directories=sum(part.directories for part in parts),
            differences={kind: Names() for kind in KINDS},
            special=Names(),
            outward=Names(),
            source_hash=digest.hexdigest(),
            target_hash=digest.hexdigest(),
        )

    def _records(self) -> Iterator[Record]:
        directories = sorted((os.fsencode(name), name) for name in self._proven if name != BESIDE)
        below = chain.from_iterable(self._below(prefix, name) for prefix, name in directories)
        return heapq.merge(self._read(BESIDE), below, key=lambda record: record.key)

    def _below(self, prefix: bytes, name: str) -> Iterator[Record]:
        for record in self._read(name):
            yield record._replace(name=prefix if record.name == ROOT else prefix + b"/" + record.name)

    def _read(self, name: str) -> Iterator[Record]:
        who = f"the manifest of `{name}`"
        with self._path(name).open("rb") as file:
            chunks = iter(lambda: file.read(_CHUNK_BYTES), b"")
            yield from Reader(who, self._proven[name].algorithm).records(unpacked(chunks, who))

    def _path(self, name: str) -> Path:
        return self._directory.path / sha256(os.fsencode(name)).hexdigest()
