"""Files that differ although size and time are the same: no ordinary copy sends them."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.trees import tree_of
from ssh_transport.trees.there import speaking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .items import Item


def age(item: Item, names: Iterable[str]) -> None:
    """
    Set the time of files at the target back, so that both engines send them again, whole or as a difference.

    Nothing is removed: should the copy not come to pass, what was there is still there.

    :param names: relative to where the item lands.
    """
    with speaking(item.request.box):
        target = tree_of(item.request.target)
        for name in names:
            path = posixpath.join(item.landing, name)
            entry = target.look(path)
            if entry is not None and entry.kind == "f":
                target.set_attributes(path, replace(entry, mtime_s=0 if entry.mtime_s else 1))
