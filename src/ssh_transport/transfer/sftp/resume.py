"""Which partial files are beginnings of their sources, and how much of them: asked before any is continued."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.box.beside import beside
from ssh_transport.trees.here import Here

from .record import recorded_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.trees.tree import Tree

    from .file import FileCopy


def kept_bytes(source: Tree, target: Tree, begun: Sequence[tuple[FileCopy, int]]) -> Mapping[str, int]:
    """
    Return how many bytes of each partial file are a beginning of its source, by the path of the partial file.

    Both sides hash, each by itself. Of a source that can't, what we noted of a partial file here as it grew is taken
    for it; a partial file on a box that can't is read back.

    :param begun: copies, and how large their partial files are.
    """
    if not begun:
        return {}
    with beside(lambda: source.digests([(copy.origin, size) for copy, size in begun])) as asked:
        ours = target.digests([(copy.partial, size) for copy, size in begun])
        theirs = asked.result()
    return {
        copy.partial: _kept(copy, target, size, wanted, there)
        for (copy, size), wanted, there in zip(begun, theirs, ours, strict=True)
    }


def _kept(copy: FileCopy, target: Tree, size: int, wanted: str | None, there: str | None) -> int:
    if wanted is None:
        return recorded_bytes(target, copy.partial, size) if isinstance(target, Here) else 0
    if there is None:
        there = _read_back(target, copy.partial, size)
    return size if wanted and wanted == there else 0


def _read_back(target: Tree, path: str, size: int) -> str:
    whole = sha256()
    with target.reading(path, 0, size) as blocks:
        for block in blocks:
            whole.update(block)
    return whole.hexdigest()
