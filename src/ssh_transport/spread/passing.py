"""Pieces that pass from place to place: who serves whom now, and what has come to each."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ssh_transport.box.beside import as_answered
from ssh_transport.errors import TaskError
from ssh_transport.errors.translation import translated
from ssh_transport.request.landing import sources_root
from ssh_transport.temporary import PrivateDirectory
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from . import plan, station
from .edge import Served, serve
from .look import AT_ONCE
from .station import Station
from .tree import Pair, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.link.allowance import Allowance
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.ends import Ends

    from .look import Wanted
    from .plan import Pieces
    from .ways import Way

HERE = ""
# Of a slow line and a large piece. Only who lies about what it has keeps others waiting for so long.
_GIVEN_UP_S = 300


@dataclass(frozen=True)
class PieceKept:
    """A place has kept a piece, as far as who sent it can be believed."""

    pair: Pair
    number: int


@dataclass(frozen=True)
class PairEnded:
    """One serves another no more."""

    pair: Pair
    served: Served


class Passing:
    """
    One spread's pieces, in a ``with``.

    :param requests: for each box that was to get them; the login of their source is no copy's.
    :param ends: of one of those that get them; what it says of the source is the same for all.
    :param limit: what may leave this machine; `None` is no limit.
    :ivar stations: by name, the source among them.
    :ivar served_by: who sent the last of it, for each that has all.
    :ivar came_bytes: what each has, those included that it had at the start.
    :ivar from_here_bytes: what this machine has sent to each.
    """

    def __init__(
        self, pieces: Pieces, requests: Sequence[Request], ends: Ends, way: Way, *, limit: Allowance | None
    ) -> None:
        self._pieces, self._requests, self._ends = pieces, requests, ends
        self._source = requests[0].source
        self._lends_agent, self._limit = way.lends_agent, limit
        self._directory = PrivateDirectory()
        self._piece_at_s: dict[Pair, float] = {}
        self._unfit: set[str] = set()
        self.tree = Tree(self._source.name, (), spares_root=self._source.is_here)
        self.stations: dict[str, Station] = {}
        self.served_by: dict[str, str] = {}
        self.came_bytes: dict[str, int] = {}
        self.from_here_bytes: dict[str, int] = {}

    def place(self, wanted: Sequence[Wanted], refuse: Callable[[Wanted], None]) -> Sequence[str]:
        """
        Make the source and boxes ready, and plant a new tree; return the names of those that have it all already.

        :param refuse: called for each box that can't take pieces.
        """
        if self._source.name not in self.stations:
            self.stations[self._source.name] = self._source_station()

        def ready(one: Wanted) -> Station:
            with translated(one.box.name):
                return station.target(one.box, self._pieces, one.ends, one.request)

        placed: dict[str, Station] = {}
        with contextlib.closing(as_answered(ready, wanted, AT_ONCE)) as answers:
            for one, answer in answers:
                try:
                    placed[one.box.name] = answer()
                except TaskError as error:
                    why = one_line((error.cause or error.what).splitlines()[-1])
                    say(f"{one.box.name}: is pushed to, as it can't take pieces: {why}")
                    refuse(one)
        self.stations |= placed
        names = [one.box.name for one in wanted if one.box.name in placed]
        self.tree = Tree(self._source.name, names, spares_root=self._source.is_here)
        for name in names:
            missing = sum(map(self._pieces.length, placed[name].missing))
            self.came_bytes[name] = self._pieces.bytes - missing
        return [name for name in names if not placed[name].missing]

    def job(self, pair: Pair, tell: Callable[[PieceKept | PairEnded], None]) -> Callable[[], None]:
        """Return what lets one serve another, to be run in a thread."""
        parent, child = self.stations[pair.parent], self.stations[pair.child]
        self._piece_at_s[pair] = time.monotonic()

        def job() -> None:
            served = serve(
                parent,
                child,
                lambda number: tell(PieceKept(pair, number)),
                lambda: self._is_given_up(pair),
                with_agent=self._lends_agent,
                limit=self._limit if parent.box is None else None,
            )
            tell(PairEnded(pair, served))

        return job

    def take(self, kept: PieceKept) -> None:
        """Count a piece."""
        pair, pieces = kept.pair, self._pieces
        # Only a box that lies names others.
        if kept.number not in self.stations[pair.child].missing:
            return
        self._piece_at_s[pair] = time.monotonic()
        length = pieces.length(kept.number)
        self.came_bytes[pair.child] = min(self.came_bytes[pair.child] + length, pieces.bytes)
        if pair.parent == HERE:
            self.from_here_bytes[pair.child] = self.from_here_bytes.get(pair.child, 0) + length

    def whole(self, pair: Pair) -> None:
        """Note that one has it all; it serves on."""
        self.tree.whole(pair.child)
        self.served_by[pair.child] = pair.parent

    def broke(self, pair: Pair, served: Served) -> None:
        """Note that one got no more from another."""
        say(f"{pair.child}: gets no more from {pair.parent or 'here'}: {served.why}")
        self.tree.broke(pair, parent_lost=served.parent_lost)

    def unfit(self, name: str) -> None:
        """Note that one was told to have it all and has not: it serves nobody."""
        self._unfit.add(name)
        self.tree.unfit(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    def _is_given_up(self, pair: Pair) -> bool:
        parent = pair.parent
        has_all = parent == self._source.name or parent in self.served_by
        return parent in self._unfit or (has_all and time.monotonic() - self._piece_at_s[pair] > _GIVEN_UP_S)

    def _source_station(self) -> Station:
        box, pieces, ends = self._source.box, self._pieces, self._ends
        if box is None:
            where = pieces.at(sources_root(self._source.path))
            return Station(HERE, None, "", plan.state_here(str(self._directory.path), where, pieces.count))
        with translated(box.name):
            return station.source(box, ends.source.python if ends.source else "", pieces, self._requests)
