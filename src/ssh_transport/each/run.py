"""A copy directory by directory: listed once, each in a session of its own, what is complete skipped."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.errors import (
    EndpointTooWeak,
    HostKeyChanged,
    Incomplete,
    Interrupted,
    LoginRefused,
    TaskError,
    ToolMissing,
)
from ssh_transport.errors.translation import translated
from ssh_transport.facts.copying import local_rsync
from ssh_transport.link.persist import persist
from ssh_transport.manifest import receipt
from ssh_transport.manifest.compared import compared_paths
from ssh_transport.manifest.ends import method
from ssh_transport.manifest.keeping import kept
from ssh_transport.platforms import diagnosis
from ssh_transport.request.landing import landing
from ssh_transport.terminal.control import known_to, stop
from ssh_transport.terminal.report import said_once, say
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import one_line
from ssh_transport.transfer.announcement import say_doubled
from ssh_transport.transfer.guard import destination, source

from .copier import AGAIN, ItemCopier
from .gauge import Gauge
from .items import items
from .result import Each, Outcome, verdict
from .whole import Manifests
from .workers import side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box
    from ssh_transport.link.persist import Patience
    from ssh_transport.manifest.ends import Method
    from ssh_transport.manifest.keeping import Unwritten
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.control import Stoppable
    from ssh_transport.terminal.progress import Progress

    from .items import Item

# No other directory fares better, and newer servers punish logins that fail in a row.
_ENDS_ALL = (LoginRefused, HostKeyChanged)


def each(
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
    :raises ToolMissing: it has nothing to hash with.
    :raises Guarded: a push would carry a home, or land on one.
    :raises TaskError: the directories could not be listed; nothing was changed.
    """
    start, box = time.monotonic(), request.box
    if request.source.is_here:
        source.check(request.source.path, request.options.allow, copy_links=request.options.copy_links)
    with contextlib.ExitStack() as stack, polite_kills_as_ctrl_c(), said_once():
        manifests = stack.enter_context(Manifests())
        run = _Run(request, patience, show, manifests, least_bytes)
        *directories, beside = run.listed()
        if not beside.stands:
            say_doubled(request)
        with share.copying(min(jobs, len(directories)) or 1):
            outcomes = run.outcomes(directories, jobs)
        # Last: the directories change the time of the one above them.
        above = run.outcomes([beside], 1, is_due=any(outcome.state != "complete" for outcome in outcomes))
        found = (*outcomes, *run.appeared(directories, (*outcomes, *above)), *above)
        is_proven = all(outcome.judged_by == "manifest" for outcome in found)
        written, unwritten = run.kept() if is_proven else ("", None)
    safe, said = verdict(box.name, request.source.path, found) if request.target.is_here else (False, "")
    return Each(
        box=box.name,
        source=str(request.source),
        target=str(replace(request.target, path=beside.landing)),
        directories=found[:-1],
        beside=found[-1],
        seconds=round(time.monotonic() - start, 3),
        safe_to_destroy=safe,
        verdict=said,
        dry_run=request.options.dry_run,
        receipt=written,
        unwritten=unwritten,
    )


class _Run:
    """The items of one box under way, and what ends them."""

    def __init__(
        self,
        request: Request,
        patience: Patience,
        show: Callable[[Progress], None],
        manifests: Manifests,
        least_bytes: int,
    ) -> None:
        self._box = request.box
        self._request = request
        self._manifests = manifests
        self._hashes = not least_bytes
        self._stop = threading.Event()
        self._copier = ItemCopier(request.options, patience, Gauge(show), manifests, least_bytes, self._stop)
        self._open: dict[str, Box] = {}
        self._running: set[Stoppable] = set()
        self._ended: TaskError | None = None
        self._foreign: BaseException | None = None

    def listed(self) -> list[Item]:
        """List the directories; the last item is what lies beside them."""
        box, options = self._box, self._request.options
        box.require("sftp")
        with translated(box.name):
            # What fails at the first contact is told at once.
            box.open()
            if self._hashes and not options.dry_run:
                self._copier.how = _hashing(box)
            found = landing(self._request, source_is_directory=True, target_is_directory=True)
            destination.check(self._request, found.path)
            if options.install_rsync and not options.dry_run and local_rsync():
                from ssh_transport.operations.install_rsync import ensure_rsync

                # Once: the directories would get in each other's way.
                say(f"{box.name}: {ensure_rsync(box)}")
        return self._listing()

    def outcomes(self, todo: Sequence[Item], at_once: int, *, is_due: bool = False) -> tuple[Outcome, ...]:
        """
        Bring items to their end, several at once.

        :param is_due: whether they are copied even if they are complete.
        :raises BaseException: what a callback or a signal handler of the caller raised.
        """
        found: dict[str, Outcome] = {}

        def job(item: Item) -> None:
            try:
                found[item.name] = self._outcome(item, is_due=is_due)
            except BaseException as exc:  # noqa: BLE001 - the caller's own; it comes out below
                self._foreign = self._foreign or exc
                self._stop.set()

        side_by_side([functools.partial(job, item) for item in todo], at_once, self._stop, self._end)
        if self._foreign:
            raise self._foreign
        return tuple(found[item.name] for item in todo)

    def appeared(self, listed: Sequence[Item], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Look for directories that came to be meanwhile, once all others have arrived: somebody writes there."""
        if self._request.options.dry_run or any(outcome.state == "failed" for outcome in outcomes):
            return []
        known = {item.name for item in listed}
        try:
            now = self._listing()
        except TaskError as error:
            return [self._failed("(listed again)", error)]
        names = [item.name for item in now if not item.is_beside and item.name not in known]
        return [self._failed(name, Incomplete("it was made after the listing", hint=AGAIN)) for name in names]

    def kept(self) -> tuple[str, Unwritten | None]:
        """Write one receipt for all; return its path, or why it could not be written."""
        request, box = self._request, self._box

        def write(number: int) -> str:
            if number > 1:
                box.reconnect()
            with tempfile.TemporaryFile() as file:
                return receipt.write(request, compared_paths(request), self._manifests.put_together(file), file)

        return kept(translated(box.name)(write), self._copier.patience, request.target.name)

    def _listing(self) -> list[Item]:
        def attempt(number: int) -> list[Item]:
            if number > 1:
                self._box.reconnect()
            return items(self._request)

        found, _ = persist(translated(self._box.name)(attempt), self._copier.patience)
        # It would stay open, unused, for as long as the copies take.
        self._box.close()
        return found

    def _outcome(self, item: Item, *, is_due: bool) -> Outcome:
        """Bring one item to its end, in a session of its own; an error is an outcome too."""
        start = time.monotonic()
        box = self._open[item.name] = self._box.another()
        try:
            with known_to(self._running), translated(box.name), box:
                if self._ended:
                    raise self._ended
                own = replace(item, request=item.request.on(box))
                made = self._copier.copy_item(own, is_due=is_due)
        except KeyboardInterrupt:
            if not self._stop.is_set():
                raise
            # Another thread has it: this one was told to stop.
            made = Outcome(name=item.name, state="failed", why="stopped", exit_code=Interrupted.exit_code)
        except TaskError as error:
            made = self._failed(item.name, error)
        finally:
            del self._open[item.name]
        return replace(made, seconds=round(time.monotonic() - start, 3))

    def _failed(self, name: str, error: TaskError) -> Outcome:
        diagnosis.explain(error, self._box.platform[0], self._box.name)
        if error is not self._ended:
            say(f"{self._box.name}: {one_line(name)}: failed\n{error}\n")
        if isinstance(error, _ENDS_ALL):
            self._ended = error
        first = next(iter(error.cause.splitlines()), "")
        why = f"{error.what}: {first}" if first else error.what
        return Outcome(name=name, state="failed", why=why, exit_code=error.exit_code)

    def _end(self) -> None:
        """End what the threads wait for."""
        stop(self._running)
        for box in list(self._open.values()):
            # Its thread may be about to close it.
            with contextlib.suppress(Exception):
                box.close()


def _hashing(box: Box) -> Method:
    try:
        box.require("exec")
        return method(box)
    except (EndpointTooWeak, ToolMissing) as exc:
        why = "runs no commands" if isinstance(exc, EndpointTooWeak) else "has no tools for it"
        raise type(exc)(
            f"`{box.name}` {why}, so nothing can be hashed there",
            box=box.name,
            cause=exc.cause or exc.what,
            hint="--min-size=1G takes every directory for complete that holds so much at the target",
        ) from exc
