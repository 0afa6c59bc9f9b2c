"""Who serves whom: a tree that grows as boxes wait, and mends itself. It knows no process, no clock and no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# A box that pays for its own line has as much up as down: three children and it still keeps up with a home uplink.
DEGREE = 3
# After so many others could not serve a box, it is served from the root; after that, not at all.
_TRIES = 3


class Pair(NamedTuple):
    """One that serves another, by name."""

    parent: str
    child: str


@dataclass(eq=False)
class _Node:
    """
    One place.

    :ivar barred: those who can't serve it.
    """

    name: str
    parent: _Node | None = None
    children: list[_Node] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    tries: int = 0
    is_whole: bool = False
    is_out: bool = False
    serves: bool = True


class Tree:
    """
    :param root: who has it all.
    :param names: who waits for it, in the order in which they are served.
    :param spares_root: whether the root, whose uplink is what is short, serves one alone, and a second one only if no
        other can.
    """

    def __init__(self, root: str, names: Sequence[str], *, spares_root: bool, degree: int = DEGREE) -> None:
        self._root = _Node(root, is_whole=True)
        self._nodes = {name: _Node(name) for name in names}
        self._waiting = list(self._nodes.values())
        self._spares_root = spares_root
        self._is_changed = True
        self._degree = degree

    @property
    def is_over(self) -> bool:
        """Whether nobody waits and nobody is served."""
        return not self._waiting and not any(node.parent for node in self._nodes.values())

    @property
    def lost(self) -> list[str]:
        """Those whom nobody can serve."""
        return [node.name for node in self._nodes.values() if node.is_out]

    def begin(self) -> list[Pair]:
        """Give everyone who waits a parent, as far as there is one; return the pairs that begin now."""
        found: list[Pair] = []
        if not self._waiting or not self._is_changed:
            return found
        self._is_changed = False
        fed = dict(_depths([self._root, *(node for node in self._nodes.values() if node.is_whole)], 0))
        while chosen := self._chosen(fed):
            parent, child = chosen
            self._waiting.remove(child)
            child.parent = parent
            parent.children.append(child)
            fed.update(_depths([child], fed[parent] + 1))
            found.append(Pair(parent.name, child.name))
        if not any(node.parent for node in self._nodes.values()):
            # Nobody is left who could ever serve those who wait.
            for node in self._waiting:
                node.is_out = True
            self._waiting.clear()
        return found

    def whole(self, name: str) -> None:
        """Note that one has it all: it needs no parent any more, and serves on."""
        node = self._nodes[name]
        node.is_whole = True
        self._part(node)
        if node in self._waiting:
            self._waiting.remove(node)

    def unfit(self, name: str) -> None:
        """Note that one is to serve nobody from now on."""
        if name in self._nodes:
            self._nodes[name].serves = False
            self._is_changed = True

    def broke(self, pair: Pair, *, parent_lost: bool) -> None:
        """
        Note that one can't be served by another any more.

        :param parent_lost: whether the other is to serve nobody from now on.
        """
        child, parent = self._nodes[pair.child], self._nodes.get(pair.parent, self._root)
        self._part(child)
        child.barred.add(pair.parent)
        if parent_lost:
            parent.serves = False
        else:
            child.tries += 1
        child.is_out = child.tries >= _TRIES and self._root.name in child.barred
        if not child.is_out:
            self._waiting.append(child)

    def _part(self, child: _Node) -> None:
        self._is_changed = True
        if child.parent:
            child.parent.children.remove(child)
            child.parent = None

    def _chosen(self, fed: Mapping[_Node, int]) -> tuple[_Node, _Node] | None:
        """Return the first who waits and can be served, behind who serves it."""
        return next(((parent, child) for child in self._waiting if (parent := self._parent(child, fed))), None)

    def _parent(self, child: _Node, fed: Mapping[_Node, int]) -> _Node | None:
        """
        Return who serves one next; `None` while all who could are busy.

        :param fed: where all of it has come or still comes to, and how far from the root.
        """
        root = self._root
        able = [node for node in fed if node is not root and node.serves and node.name not in child.barred]
        may_seed = root.name not in child.barred
        if may_seed and (child.tries >= _TRIES or (self._spares_root and not able and not root.children)):
            return root
        if may_seed and not self._spares_root:
            able.append(root)
        free = [node for node in able if len(node.children) < self._degree]
        if free:
            return min(free, key=lambda node: (fed[node], len(node.children)))
        return root if may_seed and not able and not self._has_hope(child, fed) else None

    def _has_hope(self, child: _Node, fed: Mapping[_Node, int]) -> bool:
        """Whether another may serve one later, that is not fed itself yet, but may be."""
        below = dict(_depths([child], 0))
        return bool(self._root.children) and any(
            node.serves and not node.is_out and node.name not in child.barred
            for node in self._nodes.values()
            if node not in fed and node not in below
        )


def _depths(nodes: Sequence[_Node], depth: int) -> Iterator[tuple[_Node, int]]:
    """Yield nodes and all below them, with how deep they are; what is whole depends on nobody."""
    while nodes:
        yield from ((node, depth) for node in nodes)
        nodes, depth = [child for node in nodes for child in node.children], depth + 1
