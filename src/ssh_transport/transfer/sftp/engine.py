"""
The SFTP engine, for when rsync is missing at an end: what differs in size or time is sent, whole or from where the
partial file ends, several files at once, and appears under its final name when it is complete.
"""

from __future__ import annotations

import contextlib
import posixpath
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.box import share
from ssh_transport.errors import Incomplete, NoSuchPath
from ssh_transport.link.persist import Dropped
from ssh_transport.request.landing import own_name
from ssh_transport.request.patterns import Excluded
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line
from ssh_transport.transfer.deletion import PROTECTED
from ssh_transport.trees import tree_of
from ssh_transport.trees.here import Nothing
from ssh_transport.trees.there import There, speaking

from .cut_short import cut_short
from .differences import Chosen, Comparison, Differences, at
from .ledger import Ledger
from .plan import plan_of
from .throttle import Throttle
from .work import AT_ONCE, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ssh_transport.facts.abilities import Abilities
    from ssh_transport.request.end import End
    from ssh_transport.request.request import Request
    from ssh_transport.sftp.client import Client
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.ends import Ends
    from ssh_transport.transfer.engine import Plan
    from ssh_transport.trees.tree import Entry, Tree

_TOLD = 5


class Sftp:
    """One copy over SFTP, between this machine and a box or through here from box to box."""

    name = "sftp"
    lanes: Sequence[Mapping[str, float]] = ()
    heals = 0

    def __init__(self, request: Request, ends: Ends) -> None:
        self.request = request
        self._base, self._landing = ends.path, ends.landing
        # What a box can't hash is noted here as it arrives.
        self._records = request.target.is_here and ends.source is None
        # Made now, so that a rate that is none is told at once.
        self._throttle = self._limited()
        self._sessions: list[tuple[Client, int]] = []
        self._ledger = Ledger()
        self._todo = Differences()
        self._is_first = True
        self._best_bytes = 0
        self._origin = ""
        self._window_s, self._folds_case = 0, False

    @property
    def wire_bytes(self) -> int:
        """What crossed the links so far, both directions, all attempts."""
        return sum(session.wire_bytes - before for session, before in self._sessions)

    def plan(self) -> Plan:
        """Compare both sides by name, kind, size and time."""
        request = self.request
        with self._comparing() as (source, target, pool):
            self._origin, top = self._source(source)
            todo = self._todo = self._comparison(source, target).of(top, pool)
            follow = request.options.copy_links
            todo.failures += cut_short(request.source, source, self._origin, todo.listed, follow=follow)
            todo.failures += cut_short(request.target, target, self._base, todo.listed_there, follow=False)
        if todo.failures:
            # What could not be read may be what the target has.
            todo.doomed.clear()
        return plan_of(todo, self._base, request)

    def source_names(self) -> list[str]:
        """See `Engine`: a comparison with a target that does not exist."""
        with self._comparing() as (source, _, pool):
            self._origin, top = self._source(source)
            found = self._comparison(source, Nothing()).of(top, pool)
        return [write.name for write in plan_of(found, self._base, self.request).writes]

    def take_in(self) -> None:
        """See `Engine`; it looks each time."""

    def adapt(self, able: Abilities) -> None:
        """See `Engine`."""
        self._window_s, self._folds_case = int(able.coarse_times), able.folds_case

    def _comparison(self, source: Tree, target: Tree) -> Comparison:
        options = self.request.options
        return Comparison(
            source=source,
            origin=self._origin,
            target=target,
            base=self._base,
            prefix=own_name(self.request.source.path),
            excluded=Excluded(options.exclude),
            protected=PROTECTED,
            follow=options.copy_links,
            delete=options.deletes_extra,
            chosen=Chosen(options.only, links=options.only_links),
            window_s=self._window_s,
            folds_case=self._folds_case,
        )

    def look_again(self, plan: Plan) -> Plan:  # noqa: ARG002 - both sides are compared again, whatever it was
        """See `Engine`."""
        return self.plan()

    def attempt(
        self, plan: Plan, progress: Progress, tick: Callable[[], None], *, without: Collection[str] = ()
    ) -> None:
        """Copy what is missing, and name what could not be copied when all the rest is."""
        if not plan.changes:
            return
        ledger, options = self._ledger, self.request.options
        top = own_name(self.request.source.path) and posixpath.basename(self._base)
        ledger.begin()
        self._throttle = self._limited()

        def show() -> None:
            progress.done_bytes, progress.wire_bytes = ledger.done_bytes, self.wire_bytes
            progress.current = "" if ledger.current is None else at(top, ledger.current)
            tick()

        try:
            with (
                self._sides() as (source, target),
                ThreadPoolExecutor(AT_ONCE) as pool,
                self._ending(pool, source, target),
            ):
                Work(
                    source=source,
                    origin=self._origin,
                    target=target,
                    base=self._base,
                    todo=self._todo,
                    ledger=ledger,
                    throttle=self._throttle,
                    large_bytes=TransferSettings.of(self.request.box.c).resume_over_bytes,
                    atomic=options.atomic,
                    inplace=options.inplace,
                    # Relative to the top, which has no name of its own there.
                    without=frozenset("" if name == top else name.removeprefix(f"{top}/") for name in without),
                    records=self._records,
                    is_first=self._is_first,
                    pool=pool,
                    tick=show,
                ).run()
        except (EOFError, TimeoutError, ConnectionError, paramiko.SSHException) as exc:
            cause = str(exc).strip(": ") or "the connection closed"
            # What was sent and is not there at the next attempt is no progress.
            before, self._best_bytes = self._best_bytes, max(self._best_bytes, ledger.done_bytes)
            # Either link may be the one that broke.
            where = " or ".join(box.name for box in self.request.boxes)
            raise Dropped(where, cause, progressed=ledger.done_bytes > before) from exc
        finally:
            self._is_first = False
        if failures := [*self._todo.failures, *ledger.failures]:
            more = f"\nand {len(failures) - _TOLD} more" if len(failures) > _TOLD else ""
            raise Incomplete(
                "some files were not copied",
                box=self.request.box.name,
                cause="\n".join(failures[:_TOLD]) + more,
                hint="run it again",
            )

    def _limited(self) -> Throttle:
        limit = self.request.options.bwlimit
        # What comes from another box is sent by it, or crosses this machine's line twice.
        pace = None if self.request.is_between or not limit else share.pace()
        return Throttle(limit if pace else share.rate(limit), pace)

    @contextlib.contextmanager
    def _comparing(self) -> Iterator[tuple[Tree, Tree, ThreadPoolExecutor]]:
        """Open both sides to be listed, by many threads; Ctrl-C ends what they wait for."""
        with (
            self._sides() as (source, target),
            ThreadPoolExecutor(AT_ONCE) as pool,
            self._ending(pool, source, target, errors=KeyboardInterrupt),
        ):
            yield source, target, pool

    @contextlib.contextmanager
    def _ending(
        self, pool: ThreadPoolExecutor, *sides: Tree, errors: type[BaseException] = BaseException
    ) -> Iterator[None]:
        """On an error, let nothing go on beside it: what waits is dropped, what runs loses what it stands on."""
        try:
            yield
        except errors:
            pool.shutdown(wait=False, cancel_futures=True)
            self._throttle.end()
            for side in sides:
                side.end()
            raise

    @contextlib.contextmanager
    def _sides(self) -> Iterator[tuple[Tree, Tree]]:
        """Open both sides."""
        with contextlib.ExitStack() as stack:
            for box in self.request.boxes:
                stack.enter_context(speaking(box))
            yield self._side(self.request.source), self._side(self.request.target)

    def _side(self, end: End) -> Tree:
        side = tree_of(end)
        if isinstance(side, There) and all(session is not side.client for session, _ in self._sessions):
            # A box's session may have served others before.
            self._sessions.append((side.client, side.client.wire_bytes))
        return side

    def _source(self, source: Tree) -> tuple[str, Entry]:
        """
        Return where the source is, and what it is.

        :raises NoSuchPath: it does not exist.
        """
        path = self.request.source.path
        origin = path.rstrip("/") or "/"
        if path.endswith("/"):
            # The contents of what a link leads to, as for rsync.
            origin = source.real(origin) or origin
        top = source.look(origin, follow=self.request.options.copy_links)
        if top is None:
            raise NoSuchPath(f"there is no `{one_line(origin)}`", box=self.request.source.name)
        return origin, top
