"""One file from one side to the other: from where a partial one ends, seen under its final name only when whole."""

from __future__ import annotations

import posixpath
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete

from .tree import PARTIAL_DIRECTORY, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tree import Tree

# What is compared byte by byte: all of a small partial file, the end of a large one that neither side can hash.
_TAIL_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class FileCopy:
    """
    One file to be copied.

    ``count`` is told the bytes as they are done; those that were there already come as ``there=True``.
    """

    source: Tree
    origin: str
    target: Tree
    final: str
    entry: Entry
    partial: str
    count: Callable[..., None]

    def run(self, begun: Entry | None) -> None:
        """
        Bring the partial file to its end; `publish` gives it its name.

        :param begun: the partial file of an earlier attempt, or `None`.
        :raises Incomplete: the source changed meanwhile.
        """
        start = self._kept(begun)
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
            if done != self.entry.size or not self._is_unchanged():
                raise Incomplete("it changed while it was copied")
            sink.finish(self.entry)

    def publish(self) -> None:
        """Give the complete file its final name."""
        if self.partial != self.final:
            self.target.rename(self.partial, self.final)

    def _is_unchanged(self) -> bool:
        now = self.source.look(self.origin, follow=bool(self.entry.link))
        return now is not None and now.has_content_of(self.entry)

    def _kept(self, begun: Entry | None) -> int:
        """Return how many bytes of the partial file are good: all, once it proved to be a beginning of the source."""
        if begun is not None and begun.kind != "f":
            # Through a link something else would be written.
            self.target.remove(self.partial)
            return 0
        if begun is None or not 0 < begun.size <= self.entry.size:
            return 0
        same = self._same_bytes if begun.size <= _TAIL_BYTES else self._same_digest
        return begun.size if same(begun.size) else 0

    def _same_digest(self, count: int) -> bool:
        with ThreadPoolExecutor(1) as aside:
            theirs = aside.submit(self.source.digest, self.origin, count)
            ours = self.target.digest(self.partial, count)
            digests = {ours, theirs.result()}
        return self._same_bytes(count) if None in digests else len(digests) == 1

    def _same_bytes(self, count: int) -> bool:
        start = max(0, count - _TAIL_BYTES)
        with self.source.reading(self.origin, start, count) as blocks:
            ours = b"".join(blocks)
        with self.target.reading(self.partial, start, count) as blocks:
            return ours == b"".join(blocks)


def partial_path(final: str, entry: Entry) -> str:
    """
    Return where the file is built: its name holds what its content depends on.

    A partial of another version is so never continued. It is a digest, because a file's name may be as long as it can.
    """
    name = f"{posixpath.basename(final)}\0{entry.size}\0{entry.mtime_s}"
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return posixpath.join(posixpath.dirname(final), PARTIAL_DIRECTORY, digest)
