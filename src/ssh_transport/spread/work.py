"""A spread under way: pieces pass from box to box; who has all of them gets the ordinary copy and comparison."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.box.beside import mapped
from ssh_transport.errors import TaskError
from ssh_transport.errors.translation import translated
from ssh_transport.link.allowance import allowance
from ssh_transport.link.persist import Dropped, persist
from ssh_transport.manifest import Held
from ssh_transport.terminal.control import current
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.report import say
from ssh_transport.text import count, size

from .crew import Crew
from .deliver import delivered
from .look import AT_ONCE, WHOLE_AT_ONCE, alone
from .passing import HERE, PairEnded, Passing, PieceKept
from .relayed import carried
from .station import tidy, tidy_source
from .tree import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.link.persist import Patience
    from ssh_transport.request.request import Request

    from .look import Wanted
    from .plan import Pieces
    from .relayed import Relay
    from .result import Delivered
    from .ways import Way

_TICK_S = 0.1


@dataclass(frozen=True)
class _Unfit:
    """A box that was told to be whole, and is not."""

    name: str


@dataclass(frozen=True)
class _Came:
    """A box is done, or failed."""

    wanted: Wanted
    result: Delivered | TaskError


_Event = PieceKept | PairEnded | _Unfit | _Came


class Work:
    """
    One spread.

    :param able: those that get it by the tree, in the order in which they are served.
    :param fail: called for each box that fails.
    """

    def __init__(  # noqa: PLR0913 - what is sent, to whom, how, and who is told
        self,
        way: Way,
        wanted: Sequence[Wanted],
        able: Sequence[Wanted],
        patience: Patience,
        *,
        show: Callable[[Progress], None],
        fail: Callable[[Box, TaskError], None],
        relay: Relay | None = None,
    ) -> None:
        self._relay = relay
        # Parts come to all boxes while they are stored; the copies after that find all there.
        self._at_once = len(wanted) if relay else AT_ONCE
        self._copies = threading.Semaphore(WHOLE_AT_ONCE if relay else AT_ONCE)
        self._way, self._wanted, self._able, self._patience = way, wanted, able, patience
        self._show, self._fail = show, fail
        self._options = wanted[0].request.options
        names = {one.box.name for one in able}
        self._pushed = [one for one in wanted if one.box.name not in names]
        # One that begins here serves two boxes at most.
        tree = (1 if wanted[0].request.is_between else 2) if able else 0
        self._shares = min(len(self._pushed), AT_ONCE) + tree
        self._passing: Passing | None = None
        self._todo: deque[Callable[[], None]] = deque()
        self._under_way = 0
        self._pushed_bytes: dict[str, int] = {}
        self._done: dict[str, Delivered] = {}
        self._progress = Progress(total_bytes=sum(one.plan.bytes for one in wanted))
        self._held, self._share = Held(), share.current()
        self._start_s = time.monotonic()
        self._crew: Crew[_Event] = Crew(self._end)

    def done(self, requests: Sequence[Request], pieces: Pieces | None) -> Mapping[str, Delivered]:
        """
        Do it all; return what came to each box, but for those that failed.

        :param requests: as in `Passing`.
        :param pieces: what goes through the tree; `None` without one.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._held)
            stack.enter_context(share.copying(self._shares))
            self._share = share.current()
            passing = stack.enter_context(self._made(requests, pieces)) if pieces is not None else None
            self._passing = passing
            stack.enter_context(self._crew)
            for one in self._pushed:
                self._deliver(one)
            try:
                if passing is not None:
                    persist(lambda number: self._round(number, passing), self._patience)
                while self._under_way or self._todo:
                    self._next()
            except KeyboardInterrupt:
                self._say_what_came()
                raise
        if passing is not None:
            mapped(_tidy, [one for one in self._able if one.box.name in self._done], AT_ONCE)
            with contextlib.suppress(TaskError), translated(requests[0].source.name):
                tidy_source(requests)
        return {one.box.name: self._done[one.box.name] for one in self._wanted if one.box.name in self._done}

    def _made(self, requests: Sequence[Request], pieces: Pieces) -> Passing:
        _, limit = allowance(self._able[0].box, "1", self._options.bwlimit)
        return Passing(pieces, requests, self._able[0].ends, self._way, limit=limit)

    def _round(self, number: int, passing: Passing) -> None:
        """
        Let the pieces pass, as far as boxes can be reached.

        :raises Dropped: none can be, so that it is our own line that broke.
        """
        pending: Sequence[Wanted] = [one for one in self._able if one.box.name not in passing.served_by]
        if number > 1:
            pending = self._reached(pending, passing)
        for name in passing.place(pending, self._deliver):
            self._whole(Pair(HERE, name), passing)
        while not passing.tree.is_over:
            for pair in passing.tree.begin():
                self._crew.begin(passing.job(pair, self._crew.say))
            self._next()
        lost = [one for one in pending if one.box.name in passing.tree.lost]
        if lost and not passing.served_by:
            self._reached(lost, passing)
        for one in lost:
            self._deliver(one, is_lost=True)

    def _reached(self, wanted: Sequence[Wanted], passing: Passing) -> Sequence[Wanted]:
        """
        Log in anew; return those boxes that let us in.

        :raises Dropped: none does.
        """
        faults = mapped(_fault, [one.box for one in wanted], AT_ONCE)
        if all(faults):
            first = next(fault for fault in faults if fault)
            moved = any(passing.came_bytes.values())
            raise Dropped(first.box or wanted[0].box.name, first.cause or first.what, progressed=moved)
        for one, fault in zip(wanted, faults, strict=True):
            if fault:
                self._deliver(one, is_lost=True)
        return [one for one, fault in zip(wanted, faults, strict=True) if not fault]

    def _next(self) -> None:
        """Take in what happened next, and show how far it all is."""
        current().check()
        while self._todo and self._under_way < self._at_once:
            self._under_way += 1
            self._crew.begin(self._todo.popleft())
        event = self._crew.event(_TICK_S)
        if isinstance(event, _Came):
            self._under_way -= 1
            if isinstance(event.result, TaskError):
                self._fail(event.wanted.box, event.result)
            else:
                self._done[event.wanted.box.name] = event.result
        elif event is not None and self._passing:
            self._pass(event, self._passing)
        self._progress.done_bytes = min(sum(self._came_bytes().values()), self._progress.total_bytes)
        self._progress.wire_bytes = self._progress.done_bytes
        self._progress.current = f"{len(self._done)} of {count(len(self._wanted), 'box')} compared"
        self._show(self._progress)

    def _pass(self, event: PieceKept | PairEnded | _Unfit, passing: Passing) -> None:
        if isinstance(event, PieceKept):
            passing.take(event)
        elif isinstance(event, _Unfit):
            passing.unfit(event.name)
        elif event.served.why:
            passing.broke(event.pair, event.served)
        else:
            self._whole(event.pair, passing)

    def _whole(self, pair: Pair, passing: Passing) -> None:
        """Let a box that has it all be completed and compared, while it serves others."""
        passing.whole(pair)
        self._deliver(next(one for one in self._wanted if one.box.name == pair.child))

    def _deliver(self, wanted: Wanted, *, is_lost: bool = False) -> None:
        """
        Let the ordinary copy finish, or do, a box, in a thread.

        :param is_lost: whether it was reached and is not now: whether it can be is tried once.
        """
        name = wanted.box.name
        request = alone(wanted.request) if len(self._wanted) > 1 else wanted.request

        def note(now: Progress) -> None:
            self._note(name, now)

        def job() -> None:
            try:
                if is_lost:
                    with translated(name):
                        wanted.box.reconnect()
                self._land(wanted, should_be_whole=not is_lost)
                via = carried(wanted, self._relay, self._patience, note) if self._relay else None
                with self._copies, share.shared(self._share):
                    result = delivered(wanted, self._way, request, self._patience, held=self._held, show=note, via=via)
            except TaskError as error:
                self._crew.say(_Came(wanted, error))
            else:
                self._crew.say(_Came(wanted, self._with_origin(name, result)))

        self._todo.append(job)

    def _land(self, wanted: Wanted, *, should_be_whole: bool) -> None:
        """Give what is whole its final names; what fails is left to the copy."""
        name, left = wanted.box.name, 1
        place = self._passing.stations.get(name) if self._passing else None
        with contextlib.suppress(TaskError), translated(name):
            if place is None:
                tidy(wanted.box, wanted.ends, wanted.request)
            left = place.land() if place else 0
        if left and should_be_whole and place:
            self._crew.say(_Unfit(name))

    def _came_bytes(self) -> Mapping[str, int]:
        """Return what each box has, as far as it was counted."""
        return {**self._pushed_bytes, **(self._passing.came_bytes if self._passing else {})}

    def _say_what_came(self) -> None:
        came = self._came_bytes()
        for one in self._wanted:
            name = one.box.name
            state = "compared" if name in self._done else f"{size(came.get(name, 0))} of {size(one.plan.bytes)} came"
            say(f"{name}: {state}")

    def _with_origin(self, name: str, result: Delivered) -> Delivered:
        """Add what came through the tree, and how long it all took."""
        result = replace(result, seconds=round(time.monotonic() - self._start_s, 3))
        if result.via:
            return replace(result, served_by=result.via.relay)
        # What was not sent by us came from the source itself.
        pushed_by = HERE if result.from_here_bytes else self._wanted[0].request.source.name
        if self._passing is None:
            return replace(result, served_by=pushed_by)
        from_here_bytes = result.from_here_bytes + self._passing.from_here_bytes.get(name, 0)
        return replace(result, from_here_bytes=from_here_bytes, served_by=self._passing.served_by.get(name, pushed_by))

    def _note(self, name: str, now: Progress) -> None:
        """Take in how far the ordinary copy of a box is."""
        if now.total_bytes:
            self._pushed_bytes[name] = max(self._pushed_bytes.get(name, 0), now.done_bytes)

    def _end(self) -> None:
        """End what the threads wait for."""
        for one in self._wanted:
            for box in one.request.boxes:
                # Its thread may be about to close it.
                with contextlib.suppress(Exception):
                    box.close()


def _tidy(one: Wanted) -> None:
    with contextlib.suppress(TaskError), translated(one.box.name):
        tidy(one.box, one.ends, one.request)


def _fault(box: Box) -> TaskError | None:
    try:
        with translated(box.name):
            box.reconnect()
    except TaskError as error:
        return error
    return None
