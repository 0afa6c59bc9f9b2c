"""One file from one side to the other: from where a partial one ends, seen under its final name only when whole."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import SFTP_PARTIAL_DIRECTORY

from .record import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.trees.tree import Entry, Tree

# Smaller partial files are compared byte by byte.
HASHED_OVER_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class FileCopy:
    """
    One file to be copied.

    ``count`` is told the bytes as they are done; those that were there already come as ``there=True``. It ``records``
    the digest of what arrives, where the source can't be hashed.
    """

    source: Tree
    origin: str
    target: Tree
    final: str
    entry: Entry
    partial: str
    count: Callable[..., None]
    records: bool = False

    def run(self, begun: Entry | None, kept: int | None = None) -> None:
        """
        Bring the partial file to its end; `publish` gives it its name.

        :param begun: the partial file of an earlier attempt, or `None`.
        :param kept: how many bytes of it are good, where that was found out by hash.
        :raises Incomplete: the source changed meanwhile.
        """
        start = self._kept(begun, kept)
        recorder = Recorder(self.target, self.partial, start) if self.records else None
        self.count(start, there=True)
        # One byte more: a file that goes on behind its size is another than was listed.
        reading = self.source.reading(self.origin, start, self.entry.size + 1)
        with reading as blocks, self.target.writing(self.partial, start) as sink:
            done = start
            for block in blocks:
                done += len(block)
                if done > self.entry.size:
                    break
                self.count(len(block))
                sink.write(block)
                if recorder:
                    recorder.wrote(block, sink)
            if done != self.entry.size or not self._is_unchanged():
                raise Incomplete("it changed while it was copied")
            sink.finish(self.entry)
        if recorder:
            recorder.forget()

    def publish(self) -> None:
        """Give the complete file its final name."""
        if self.partial != self.final:
            self.target.rename(self.partial, self.final)

    def _is_unchanged(self) -> bool:
        now = self.source.look(self.origin, follow=bool(self.entry.link))
        return now is not None and now.has_content_of(self.entry)

    def _kept(self, begun: Entry | None, kept: int | None) -> int:
        """Return how many bytes of the partial file are good."""
        if begun is not None and begun.kind != "f":
            # Through a link something else would be written.
            self.target.remove(self.partial)
            return 0
        if begun is None or not 0 < begun.size <= self.entry.size:
            return 0
        if kept is not None:
            return kept
        return begun.size if begun.size <= HASHED_OVER_BYTES and self._same_bytes(begun.size) else 0

    def _same_bytes(self, count: int) -> bool:
        with self.source.reading(self.origin, 0, count) as blocks:
            ours = b"".join(blocks)
        with self.target.reading(self.partial, 0, count) as blocks:
            return ours == b"".join(blocks)


def partial_path(final: str, entry: Entry) -> str:
    """
    Return where the file is built: its name holds what its content depends on.

    A partial of another version is so never continued. It is a digest, because a file's name may be as long as it can.
    """
    name = f"{posixpath.basename(final)}\0{entry.size}\0{entry.mtime_s}"
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return posixpath.join(posixpath.dirname(final), SFTP_PARTIAL_DIRECTORY, digest)
