"""The records of a manifest, and a reader for a stream of them that may be hostile."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import Incomplete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = b"."
# Suffixes of the files that a verified copy writes beside its destination.
RECEIPT, MANIFEST = ".receipt.json", ".manifest.gz"
_KINDS = frozenset({b"d", b"f", b"l", b"o", b"c", b"u"})
_FIELDS = 5
# Enough for a path of 4,096 bytes and a link target of the same length.
_RECORD_BYTES = 1 << 16
_UNPACKED_BYTES = 1 << 18
_HEX = re.compile(rb"[0-9a-f]*")
_SIZE = re.compile(rb"[0-9]{1,19}")
DIGEST_DIGITS = {"sha256": 64, "blake2b": 128, "blake3": 64}


class Record(NamedTuple):
    """One name in a listing; see `worker` for the kinds. `more` is the target of a link, or an error message."""

    kind: bytes
    name: bytes
    size: int = 0
    digest: bytes = b""
    more: bytes = b""

    @property
    def key(self) -> bytes:
        """The sort key of a manifest: the names in a directory directly follow it."""
        return b"" if self.name == ROOT else self.name.replace(b"/", b"\0")

    @property
    def packed(self) -> bytes:
        """The record as it is sent, stored, and hashed into a root hash."""
        return b"\0".join((self.kind, self.name, b"%d" % self.size, self.digest, self.more, b""))


class End(NamedTuple):
    """The last record of a listing: the number of directories that changed while they were listed, and one of them."""

    changed: int
    example: bytes


class Reader:
    """
    Reads one listing record by record, and validates it.

    :param who: the name of the end, for error messages.
    :param algorithm: the hash algorithm, which determines the length of the digests.
    :param beat: called with the number of bytes hashed so far.
    """

    def __init__(self, who: str, algorithm: str, beat: Callable[[int], None] = lambda _: None) -> None:
        self._who = who
        self._digits = DIGEST_DIGITS[algorithm]
        self._beat = beat
        self.end: End | None = None

    def records(self, chunks: Iterable[bytes]) -> Iterator[Record]:
        """
        Yield the records in order.

        :raises Incomplete: the listing is invalid or incomplete.
        """
        last: bytes | None = None
        for record in self.unordered(chunks):
            if last is not None and record.key <= last:
                raise self._refused("names out of order")
            last = record.key
            yield record

    def unordered(self, chunks: Iterable[bytes]) -> Iterator[Record]:
        """Yield the records as they arrive; their order is not checked."""
        for fields in self._split(chunks):
            if self.end is not None:
                raise self._refused("records after its end")
            kind, name, size, _, more = fields
            if not _SIZE.fullmatch(size):
                raise self._refused("a size that is no number")
            if kind == b"h":
                self._beat(int(size))
            elif kind == b"e":
                self.end = End(int(size), more)
            else:
                yield self._checked(Record(kind, name, int(size), *fields[3:]))
        if self.end is None:
            raise self._refused("no end")

    def _split(self, chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
        rest = b""
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\0")
            usable = len(whole) - len(whole) % _FIELDS
            for at in range(0, usable, _FIELDS):
                yield whole[at : at + _FIELDS]
            rest = b"\0".join((*whole[usable:], rest))
            if len(rest) > _RECORD_BYTES:
                raise self._refused("a record that is too long")
        if rest:
            raise self._refused("an incomplete record at its end")

    def _checked(self, record: Record) -> Record:
        kind, name, _, digest, _ = record
        parts = name.split(b"/")
        if name != ROOT and any(part in {b"", b".", b".."} for part in parts):
            raise self._refused("a name that leads elsewhere")
        if kind not in _KINDS:
            raise self._refused("a kind that is unknown")
        if len(digest) != (self._digits if kind == b"f" else 0) or not _HEX.fullmatch(digest):
            raise self._refused("a digest of the wrong length")
        if len(record.packed) > _RECORD_BYTES:
            raise self._refused("a record that is too long")
        return record

    def _refused(self, why: str) -> Incomplete:
        return Incomplete(f"the listing of {self._who} is invalid", cause=f"it has {why}")


def unpacked(chunks: Iterable[bytes], who: str) -> Iterator[bytes]:
    """
    Decompress zlib or gzip data, at most 256 KiB at a time.

    :raises Incomplete: it is neither, or is incomplete.
    """
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    surplus = False
    try:
        for chunk in chunks:
            if surplus := unpacker.eof and bool(chunk):
                break
            data = chunk
            while data:
                yield unpacker.decompress(data, _UNPACKED_BYTES)
                data = unpacker.unconsumed_tail
        while not unpacker.eof and (data := unpacker.decompress(unpacker.unconsumed_tail, _UNPACKED_BYTES)):
            yield data
    except zlib.error as exc:
        raise Incomplete(f"the listing of {who} can't be unpacked", cause=str(exc)) from exc
    if surplus or unpacker.unused_data or not unpacker.eof:
        raise Incomplete(f"the listing of {who} is incomplete, or data follows its end")
