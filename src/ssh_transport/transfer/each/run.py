"""A copy directory by directory: listed once, each in a session of its own, what is complete skipped."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport import diagnosis, shell
from ssh_transport.boundary import translated
from ssh_transport.errors import (
    EndpointTooWeak,
    HostKeyChanged,
    Incomplete,
    Interrupted,
    LoginRefused,
    TaskError,
)
from ssh_transport.facts.copying import local_rsync
from ssh_transport.report import said_once, say
from ssh_transport.text import one_line
from ssh_transport.transfer.guard import destination, source
from ssh_transport.transfer.persist import persist
from ssh_transport.transfer.process import known_to, polite_kills_as_ctrl_c, threads_end_quietly

from .gauge import Gauge
from .items import items
from .result import Each, Outcome, verdict
from .way import AGAIN, Way
from .workers import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box
    from ssh_transport.transfer.engine import Progress
    from ssh_transport.transfer.persist import Patience
    from ssh_transport.transfer.process import Process
    from ssh_transport.transfer.request import Request

    from .items import Item

# No other directory fares better, and newer servers punish logins that fail in a row.
_ENDS_ALL = (LoginRefused, HostKeyChanged)


def each(  # noqa: PLR0913 - what to copy, and how
    box: Box,
    request: Request,
    patience: Patience,
    show: Callable[[Progress], None],
    *,
    jobs: int = 4,
    least_bytes: int = 0,
) -> Each:
    """
    Copy what a directory holds, each directory in it by itself; what one of them meets does not stop the others.

    Complete is what both ends' hashes say is the same. Safe to repeat: what is complete is only compared.

    :param jobs: how many directories at once.
    :param least_bytes: instead of hashing, take every directory for complete that holds so much at the target.
    :raises EndpointTooWeak: the box runs no commands, so that nothing can be hashed there.
    :raises Guarded: a push would carry a home, or land on one.
    :raises TaskError: the directories could not be listed; nothing was changed.
    """
    start = time.monotonic()
    if not request.pull:
        source.check(request.here, request.options.allow, copy_links=request.options.copy_links)
    with polite_kills_as_ctrl_c(), threads_end_quietly(), said_once():
        run = _Run(box, request, patience, show, least_bytes)
        *directories, beside = run.listed()
        outcomes = run.outcomes(_sharing(directories, jobs), jobs)
        # Last: the directories change the time of the one above them.
        above = run.outcomes([beside], 1, is_due=any(outcome.state != "complete" for outcome in outcomes))
        found = (*outcomes, *run.appeared(directories, (*outcomes, *above)), *above)
    there = f"{box.name}:{request.there.removeprefix('./') or '.'}"
    safe, said = verdict(box.name, request.there, found) if request.pull else (False, "")
    return Each(
        box=box.name,
        source=there if request.pull else request.here,
        target=beside.landing if request.pull else f"{box.name}:{beside.landing.removeprefix('./') or '.'}",
        directories=found[:-1],
        beside=found[-1],
        seconds=round(time.monotonic() - start, 3),
        safe_to_destroy=safe,
        verdict=said,
        dry_run=request.options.dry_run,
    )


class _Run:
    """The items of one box under way, and what ends them."""

    def __init__(
        self, box: Box, request: Request, patience: Patience, show: Callable[[Progress], None], least_bytes: int
    ) -> None:
        self._box = box
        self._request = request
        self._hashes = not least_bytes
        self._stop = threading.Event()
        self._way = Way(request.options, patience, Gauge(show), least_bytes, self._stop)
        self._open: dict[str, Box] = {}
        self._processes: set[Process] = set()
        self._ended: TaskError | None = None

    def listed(self) -> list[Item]:
        """List the directories; the last item is what lies beside them."""
        box, options = self._box, self._request.options
        box.require("sftp")
        with translated(box.name):
            # What fails at the first contact is told at once.
            box.reconnect()
            if self._hashes and not options.dry_run:
                _require_hashing(box)
            if not self._request.pull:
                destination.check(box, self._request.here, self._request.there)
            if options.install_rsync and not options.dry_run and local_rsync():
                from ssh_transport.operations.install_rsync import ensure_rsync

                # Once: the directories would get in each other's way.
                say(f"{box.name}: {ensure_rsync(box)}")
        return self._listing()

    def outcomes(self, todo: Sequence[Item], at_once: int, *, is_due: bool = False) -> tuple[Outcome, ...]:
        """
        Bring items to their end, several at once.

        :param is_due: whether they are copied even if they are complete.
        """
        found: dict[str, Outcome] = {}

        def job(item: Item) -> None:
            found[item.name] = self._outcome(item, is_due=is_due)

        side_by_side([functools.partial(job, item) for item in todo], at_once, self._stop, self._end)
        return tuple(found[item.name] for item in todo)

    def appeared(self, listed: Sequence[Item], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Look for directories that came to be meanwhile, once all others have arrived: somebody writes there."""
        if self._request.options.dry_run or any(outcome.state == "failed" for outcome in outcomes):
            return []
        known = {item.name for item in listed}
        try:
            now = self._listing()
        except Interrupted:
            raise
        except TaskError as error:
            return [self._failed("(listed again)", error)]
        names = [item.name for item in now if not item.is_beside and item.name not in known]
        return [self._failed(name, Incomplete("it was made after the listing", hint=AGAIN)) for name in names]

    def _listing(self) -> list[Item]:
        def attempt(number: int) -> list[Item]:
            if number > 1:
                self._box.reconnect()
            return items(self._box, self._request)

        found, _ = persist(translated(self._box.name)(attempt), self._way.patience)
        # It would stay open, unused, for as long as the copies take.
        self._box.close()
        return found

    def _outcome(self, item: Item, *, is_due: bool) -> Outcome:
        """Bring one item to its end, in a session of its own; an error is an outcome too."""
        start = time.monotonic()
        box = self._open[item.name] = self._box.another()
        try:
            with known_to(self._processes), translated(box.name), box:
                if self._ended:
                    raise self._ended
                made = self._way.bring(box, item, is_due=is_due)
        except TaskError as error:
            made = self._failed(item.name, error)
        finally:
            del self._open[item.name]
        return replace(made, seconds=round(time.monotonic() - start, 3))

    def _failed(self, name: str, error: TaskError) -> Outcome:
        diagnosis.explain(error, self._box)
        if not isinstance(error, Interrupted) and error is not self._ended:
            say(f"{self._box.name}: {one_line(name)}: failed\n{error}\n")
        if isinstance(error, _ENDS_ALL):
            self._ended = error
        first = next(iter(error.cause.splitlines()), "")
        why = f"{error.what}: {first}" if first else error.what
        return Outcome(name=name, state="failed", why=why, exit_code=error.exit_code)

    def _end(self) -> None:
        """End what the threads wait for."""
        for process in list(self._processes):
            process.stop()
        for box in list(self._open.values()):
            # Its thread may be about to close it.
            with contextlib.suppress(Exception):
                box.close()


def _require_hashing(box: Box) -> None:
    try:
        box.require("exec")
        shell.run(box, ":")
    except EndpointTooWeak as exc:
        raise EndpointTooWeak(
            f"`{box.name}` runs no commands, so nothing can be hashed there",
            box=box.name,
            cause=exc.cause or exc.what,
            hint="--min-size=1G takes every directory for complete that holds so much at the target",
        ) from exc


def _sharing(todo: Sequence[Item], jobs: int) -> list[Item]:
    """Give each of the items that run at once its share of the bandwidth."""
    at_once = min(jobs, len(todo))

    def share(item: Item) -> Item:
        options = item.request.options
        rate = options.bwlimit.rstrip("KMGkmg")
        if not rate or at_once == 1:
            return item
        limit = f"{float(rate) / at_once:.3f}{options.bwlimit.removeprefix(rate)}"
        return replace(item, request=replace(item.request, options=replace(options, bwlimit=limit)))

    return [share(item) for item in todo]
