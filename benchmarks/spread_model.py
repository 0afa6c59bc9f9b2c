"""
One upload, many boxes, past what a machine can play: a discrete-event model of the ways, for 10 to 1,000 boxes.

Who serves whom is decided by the `Tree` that `transfer.spread` itself uses; a line is shared fairly by what goes over
it, a login takes its time, boxes die at random, which is noticed at once. No loss, delay or processor is in it.

    python -m benchmarks.spread_model [--mb 10000] [--home 40] [--up 1000] [--down 1000] [--login 2] [--dying 0.01]
"""

from __future__ import annotations

import argparse
import functools
import heapq
import math
import random
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.world import show
from ssh_transport.spread.look import AT_ONCE
from ssh_transport.spread.plan import piece_bytes_of
from ssh_transport.spread.program.pieces import next_piece
from ssh_transport.spread.tree import DEGREE, Pair, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOME = ""
NUMBERS = (10, 20, 50, 100, 200, 500, 1000)
# Of a store that boxes fetch from: what it gives to all of them together.
STORE_MBIT = 100_000
RUNS = 5


class Inputs(NamedTuple):
    """What is measured; rates in Mbit/s, and ``dying`` is the share of boxes that die while one push would last."""

    mb: float
    home: float
    up: float
    down: float
    login_s: float
    dying: float = 0.0

    @property
    def push_s(self) -> float:
        """How long one push lasts."""
        return self.login_s + self.mb * 8 / min(self.home, self.down)


class Outcome(NamedTuple):
    """When the last had it of those that did not die; what left home, in multiples of the data; how many had it."""

    seconds: float
    from_home: float
    arrived: int


@dataclass(eq=False)
class _Flow:
    """A pair under way; ``left`` is what of its piece is to be sent at the time ``since``, in MB."""

    pair: Pair
    piece: int | None = None
    left: float = 0.0
    since: float = 0.0
    rate: float = 0.0
    version: int = 0


class Model:
    """One run of a tree; of degree 1 it is a chain."""

    def __init__(self, inputs: Inputs, number: int, *, degree: int = DEGREE, seed: int = 1) -> None:
        names = [f"b{at}" for at in range(number)]
        size = piece_bytes_of(int(inputs.mb * 1e6)) / 1e6
        self._inputs = inputs
        self._pieces = [min(size, inputs.mb - size * at) for at in range(math.ceil(inputs.mb / size))]
        self._tree = Tree(HOME, names, spares_root=True, degree=degree)
        self._missing = {name: list(range(len(self._pieces))) for name in names}
        self._has = {HOME: set(range(len(self._pieces)))} | {name: set() for name in names}
        self._flows: dict[str, dict[str, _Flow]] = defaultdict(dict)
        self._dead: set[str] = set()
        self._whole_at: dict[str, float] = {}
        self._now = self._from_home = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        chance = random.Random(seed)  # noqa: S311 - a model
        for name in names if inputs.dying else ():
            self._at(chance.expovariate(inputs.dying / inputs.push_s), functools.partial(self._die, name))

    def run(self) -> Outcome:
        """Run it to its end."""
        self._begin()
        while self._events and not self._tree.is_over:
            self._now, _, event = heapq.heappop(self._events)
            event()
            self._begin()
        alive = [seconds for name, seconds in self._whole_at.items() if name not in self._dead]
        return Outcome(max(alive, default=0.0), self._from_home / self._inputs.mb, len(alive))

    def _at(self, seconds: float, event: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (seconds, self._count, event))

    def _begin(self) -> None:
        for pair in self._tree.begin():
            self._at(self._now + self._inputs.login_s, functools.partial(self._connect, pair))

    def _connect(self, pair: Pair) -> None:
        if {*pair} & self._dead:
            self._tree.broke(pair, parent_lost=pair.parent in self._dead)
            return
        self._flows[pair.parent][pair.child] = _Flow(pair, since=self._now)
        self._share(pair.parent)

    def _share(self, parent: str) -> None:
        """Let each flow of a parent that may send something do so, and share the line among them anew."""
        busy = []
        for flow in self._flows[parent].values():
            flow.left -= flow.rate * (self._now - flow.since)
            flow.since = self._now
            if flow.piece is None:
                flow.piece = next_piece(self._missing[flow.pair.child], self._has[parent])
                flow.left, flow.rate = (0.0, 0.0) if flow.piece is None else (self._pieces[flow.piece], 0.0)
            if flow.piece is not None:
                busy.append(flow)
        up = self._inputs.home if parent == HOME else self._inputs.up
        for flow in busy:
            flow.rate = min(up / len(busy), self._inputs.down) / 8
            flow.version += 1
            sent = functools.partial(self._sent, flow, flow.version)
            self._at(self._now + max(0.0, flow.left) / flow.rate, sent)

    def _sent(self, flow: _Flow, version: int) -> None:
        parent, child = flow.pair
        if flow.version != version or self._flows[parent].get(child) is not flow or flow.piece is None:
            return
        self._has[child].add(flow.piece)
        self._missing[child].remove(flow.piece)
        self._from_home += self._pieces[flow.piece] if parent == HOME else 0
        flow.piece, flow.rate = None, 0.0
        if not self._missing[child]:
            del self._flows[parent][child]
            self._whole_at[child] = self._now
            self._tree.whole(child)
        self._share(parent)
        if child in self._flows:
            self._share(child)

    def _die(self, name: str) -> None:
        self._dead.add(name)
        for parent, flows in self._flows.items():
            for flow in [one for one in flows.values() if name in one.pair]:
                del flows[flow.pair.child]
                self._tree.broke(flow.pair, parent_lost=parent == name)
            self._share(parent)
        self._tree.unfit(name)


def each(inputs: Inputs, number: int) -> Outcome:
    """Pushes side by side, so many at once; who dies costs nobody else anything."""
    at_once = min(AT_ONCE, number)
    logins_s = math.ceil(number / at_once) * inputs.login_s
    sending_s = number * inputs.mb * 8 / min(inputs.home, at_once * inputs.down)
    return Outcome(logins_s + sending_s, number, number)


def relay(inputs: Inputs, number: int) -> Outcome:
    """One upload into a store; boxes fetch each part as soon as it is there."""
    up_s = inputs.mb * 8 / inputs.home
    down_s = inputs.mb * 8 / min(inputs.down, STORE_MBIT / number)
    part_s = down_s / max(1, math.ceil(inputs.mb * 1e6 / piece_bytes_of(int(inputs.mb * 1e6))))
    return Outcome(inputs.login_s + max(up_s + part_s, down_s), 1, number)


def grown(degree: int, inputs: Inputs, number: int) -> Outcome:
    """Return the median of some runs of a tree; one is enough where nothing is left to chance."""
    runs = [Model(inputs, number, degree=degree, seed=seed).run() for seed in range(RUNS if inputs.dying else 1)]
    return Outcome(*(statistics.median(column) for column in zip(*runs, strict=True)))


WAYS: Mapping[str, Callable[[Inputs, int], Outcome]] = {
    "each": each,
    "chain": functools.partial(grown, 1),
    "tree": functools.partial(grown, DEGREE),
    "relay": relay,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=10_000)
    parser.add_argument("--home", type=float, default=40, help="Mbit/s up")
    parser.add_argument("--up", type=float, default=1000, help="Mbit/s of a box")
    parser.add_argument("--down", type=float, default=1000)
    parser.add_argument("--login", type=float, default=2, help="seconds")
    parser.add_argument("--dying", type=float, default=0.0, help="share of boxes that die while one push would last")
    parser.add_argument("--boxes", default=",".join(map(str, NUMBERS)))
    args = parser.parse_args()
    inputs = Inputs(args.mb, args.home, args.up, args.down, args.login, args.dying)
    numbers = [int(word) for word in args.boxes.split(",")]
    rows = [[name, *(_told(way(inputs, number), number) for number in numbers)] for name, way in WAYS.items()]
    title = f"seconds until the last box has it, (how many have it, if not all); one push: {inputs.push_s:,.1f} s"
    show(title, ["boxes", *map(str, numbers)], rows)


def _told(found: Outcome, number: int) -> str:
    return f"{found.seconds:,.1f}" + (f" ({found.arrived:.0f})" if found.arrived < number else "")


if __name__ == "__main__":
    main()
