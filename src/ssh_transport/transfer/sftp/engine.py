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

from ssh_transport.errors import Incomplete, NoSuchPath, UsageError
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line
from ssh_transport.transfer.patterns import Excluded
from ssh_transport.transfer.persist import Dropped

from .differences import Chosen, Comparison, Differences
from .here import Here
from .ledger import Ledger
from .plan import plan_of
from .there import There, speaking
from .throttle import Throttle
from .work import AT_ONCE, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.sftp.client import Client
    from ssh_transport.transfer.engine import Plan, Progress
    from ssh_transport.transfer.request import Request

    from .tree import Entry, Tree

_TOLD = 5


class Sftp:
    """
    One copy over SFTP.

    :param far: the box that stands in place of this machine, where a copy goes from box to box.
    """

    name = "sftp"
    lanes: Sequence[Mapping[str, float]] = ()
    heals = 0

    def __init__(self, box: Box, request: Request, far: Box | None = None) -> None:
        self._box, self._far = box, far
        self._request = request
        self._throttle = Throttle(request.options.bwlimit)
        self._sessions: list[tuple[Client, int]] = []
        self._ledger = Ledger()
        self._todo = Differences()
        self._is_first = True
        self._best_bytes = 0
        self._origin = self._base = ""

    @property
    def wire_bytes(self) -> int:
        """What crossed the links so far, both directions, all attempts."""
        return sum(session.wire_bytes - before for session, before in self._sessions)

    def prepare(self) -> None:
        """Nothing: ghosts of SFTP can do no harm, and directories are made as they are met."""

    def plan(self) -> Plan:
        """Compare both sides by name, kind, size and time."""
        with self._sides() as (source, target), ThreadPoolExecutor(AT_ONCE) as pool:
            # Once: what the first attempt makes would be taken for another target by the second.
            self._origin, self._base, top = self._ends(source, target)
            by_name = not self._request.source.endswith("/")
            comparison = Comparison(
                source=source,
                origin=self._origin,
                target=target,
                base=self._base,
                prefix=posixpath.basename(self._origin) if by_name else "",
                excluded=Excluded(self._request.options.exclude),
                follow=self._request.options.copy_links,
                delete=self._request.options.delete,
                chosen=Chosen(self._request.options.only),
            )
            todo = self._todo = comparison.of(top, pool)
        return plan_of(todo, self._base, self._request)

    def sow(self, plan: Plan) -> None:
        """Nothing: a partial file is made when its turn comes."""

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """Copy what is missing, and name what could not be copied when all the rest is."""
        ledger, options = self._ledger, self._request.options
        ledger.begin()

        def show() -> None:
            progress.done_bytes, progress.wire_bytes = ledger.done_bytes, self.wire_bytes
            tick()

        try:
            with self._sides() as (source, target), ThreadPoolExecutor(AT_ONCE) as pool, self._ending(pool):
                Work(
                    source=source,
                    origin=self._origin,
                    target=target,
                    base=self._base,
                    todo=self._todo,
                    ledger=ledger,
                    throttle=self._throttle,
                    large_bytes=TransferSettings.of(self._box.c).resume_over_bytes,
                    atomic=options.atomic,
                    inplace=options.inplace,
                    is_first=self._is_first,
                    pool=pool,
                    tick=show,
                ).run()
        except (EOFError, TimeoutError, ConnectionError, paramiko.SSHException) as exc:
            cause = str(exc).strip(": ") or "the connection closed"
            # What was sent and is not there at the next attempt is no progress.
            before, self._best_bytes = self._best_bytes, max(self._best_bytes, ledger.done_bytes)
            # Either link may be the one that broke.
            where = f"{self._box.name} or {self._far.name}" if self._far else self._box.name
            raise Dropped(where, cause, progressed=ledger.done_bytes > before) from exc
        finally:
            self._is_first = False
        if failures := [*self._todo.failures, *ledger.failures]:
            more = f"\nand {len(failures) - _TOLD} more" if len(failures) > _TOLD else ""
            raise Incomplete(
                "some files were not copied",
                box=self._box.name,
                cause="\n".join(failures[:_TOLD]) + more,
                hint="run it again",
            )

    def finish(self, plan: Plan) -> None:
        """Nothing: partial directories went with the last file in them."""

    @contextlib.contextmanager
    def _ending(self, pool: ThreadPoolExecutor) -> Iterator[None]:
        """On an error, let nothing go on beside it: what waits is dropped, what runs loses its session."""
        try:
            yield
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for session, _ in self._sessions:
                session.close()
            raise

    @contextlib.contextmanager
    def _sides(self) -> Iterator[tuple[Tree, Tree]]:
        """Open both sides."""
        with speaking(self._box):
            there = self._there(self._box)
            here = self._there(self._far) if self._far else Here()
            yield (there, here) if self._request.pull else (here, there)

    def _there(self, box: Box) -> There:
        side = There(box, box.sftp)
        if all(session is not side.client for session, _ in self._sessions):
            # A box's session may have served others before.
            self._sessions.append((side.client, side.client.wire_bytes))
        return side

    def _ends(self, source: Tree, target: Tree) -> tuple[str, str, Entry]:
        """
        Return where the source is, where it lands by rsync's rules for trailing slashes, and what it is.

        :raises NoSuchPath: there is no source.
        :raises UsageError: a directory would have to go where a file is.
        """
        given, goal = self._request.source, self._request.target
        origin = given.rstrip("/") or "/"
        name = posixpath.basename(origin)
        if given.endswith("/"):
            # The contents of what a link leads to, as for rsync.
            origin = source.real(origin) or origin
        top = source.look(origin, follow=self._request.options.copy_links)
        if top is None:
            raise NoSuchPath(f"there is no `{one_line(origin)}`", box=self._box.name)
        there = target.real(goal.rstrip("/") or "/")
        stands = target.look(there) if there else None
        if stands is not None and stands.kind != "d" and (top.kind == "d" or goal.endswith("/")):
            raise UsageError(f"`{one_line(goal)}` is no directory", hint="name another target with --to")
        into = goal.endswith("/") or (stands is not None and stands.kind == "d")
        goal = there if there and stands is not None and stands.kind == "d" else goal.rstrip("/") or "/"
        if top.kind == "d":
            return origin, goal if given.endswith("/") else posixpath.join(goal, name), top
        return origin, posixpath.join(goal, name) if into else goal, top
