"""The copies of one command by way of one relay, and what is left of them in it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import LinkLost, TaskError, Unreachable
from ssh_transport.link.persist import Dropped
from ssh_transport.request.carried import Carried
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.report import say
from ssh_transport.text import count

from . import seal, trust
from .ahead import Ahead
from .from_box import FromBox
from .from_here import FromHere
from .in_use import InUse
from .job import Job, Moved, carried
from .objects import Objects
from .store import Store
from .to_box import to_box
from .to_here import to_here
from .worker import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.request.request import Request
    from ssh_transport.transfer.engine import Plan

    from .giver import Source
    from .keys import Keys
    from .relay import Relay

_TRIED_WITHIN_S = 120


class Via:
    """
    A relay that copies go by way of, one after another or at once; what one has stored, the others need not.

    :ivar is_asked: whether a person has asked for it, and not just named one in the settings.
    :raises ToolMissing: the package that talks to it is not installed.
    """

    def __init__(self, relay: Relay, keys: Keys, *, is_asked: bool = True) -> None:
        self.is_asked = is_asked
        self._relay, self._keys = relay, keys
        self._store = Store(relay, keys)
        self._is_checked = False
        self._copies: dict[str, tuple[Objects, Source]] = {}
        self._in_use = InUse(relay)
        self._moved: dict[str, Moved] = {}
        self._together: Mapping[str, int] | None = None
        self._ahead: Ahead | None = None
        self._is_over = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the relay."""
        return self._relay.name

    def check(self) -> None:
        """
        Check that the bucket may be used; see `trust.check`.

        :raises TaskError: it may not.
        """
        with self._lock:
            if not self._is_checked:
                trust.check(self._store)
                self._is_checked = True

    def seconds_for(self, data: bytes, *, is_sent: bool) -> float:
        """
        Return how long it takes to store so much, or to fetch it.

        :raises TaskError: the bucket may not be used.
        """
        self.check()
        key = f"{uuid4().hex}.canary"
        try:
            start_s = time.monotonic()
            self._store.put(key, data)
            stored_s = time.monotonic()
            if is_sent:
                return stored_s - start_s
            wire.get(self._store.signed("GET", [key], valid_s=_TRIED_WITHIN_S)[0], len(data), lambda _: None)
            return time.monotonic() - stored_s
        except wire.Bad as exc:
            raise Unreachable(f"the relay `{self.name}` does not answer", cause=str(exc)) from None
        finally:
            self._store.delete([key])

    def share(self, plans: Sequence[Plan]) -> int:
        """
        Let the copies of these plans, all of one source, go by the same parts; each takes what it lacks of them.

        :returns: how many bytes less have to leave the source than if each went by itself.
        """
        sizes = [_sizes(plan) for plan in plans]
        together = {name: size for one in sizes for name, size in one.items()}
        # In one order, whoever answered first: a later run, and what was stored ahead, have the same parts.
        self._together = dict(sorted(together.items()))
        return sum(sum(one.values()) for one in sizes) - sum(together.values())

    def ahead(self, request: Request, plan: Plan, is_over: Callable[[], bool]) -> None:
        """
        Begin to store what a plan sends whole, before `share` is told what others lack: mostly it is the same.

        :param is_over: whether another is known to lack other files, which makes other parts.
        """
        together = dict(sorted(_sizes(plan).items()))
        with self._lock:
            moved = self._moved.setdefault(str(request.target), Moved())
        job = Job(request, self._relay.name, plan, moved, progress=Progress(), tick=_nothing, together=together)
        # Who needs it in earnest is told what is wrong.
        with contextlib.suppress(TaskError, OSError):
            self.check()
            with self._lock:
                self._in_use.hold(job.family, _nothing)
                _, source = self._found(job)
                if self._ahead is None and isinstance(source, FromHere) and not self._is_over:
                    self._ahead = Ahead(job, source, is_over)

    def bring(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """
        Carry what a plan sends whole, before the copy itself, which finds it there; return what that was, if anything.

        Several threads may call it at once.

        :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
        """
        with self._lock:
            moved = self._moved.setdefault(str(request.target), Moved())
        before = moved.bytes
        together = self._together
        job = Job(request, self._relay.name, plan, moved, progress=progress, tick=tick, together=together)
        with self._lock:
            # Also of a run that was killed when all was there, and so left nothing to carry.
            self._in_use.hold(job.family, tick)
        if not job.needed:
            return None
        self.check()
        with self._lock:
            objects, source = self._found(job)
        progress.total_bytes, progress.done_bytes = plan.bytes, 0
        carry = to_here if request.target.is_here else to_box
        try:
            with source.opened(job) as giver:
                parts = carry(job, objects, giver)
        except LinkLost as lost:
            if lost.is_permanent:
                raise
            has_progressed = moved.bytes > before
            raise Dropped(lost.box, lost.cause, progressed=has_progressed, what=lost.what, hint=lost.hint) from lost
        return Carried(self._relay.name, job.needed, parts, moved.up_bytes, moved.down_bytes)

    def clean(self) -> None:
        """Take away all that the copies have stored, as they are done; but for what another command uses now."""
        with self._lock:
            self._is_over = True
        if self._ahead:
            self._ahead.end()
        with self._in_use.let_go() as families:
            try:
                for family in families:
                    self._store.delete(sorted(self._store.sizes(f"{family}/")))
            except TaskError as error:
                # What was to be copied is there.
                say(f"warning: {error.what}: {error.cause}")
                self._say_what_stays()

    def keep(self) -> None:
        """Say what stays for the next run, as not all of them are done."""
        with self._in_use.let_go():
            self._say_what_stays()

    def _say_what_stays(self) -> None:
        for objects, _ in self._copies.values():
            if stored := objects.count():
                where = "/".join(filter(None, (self._relay.url.rstrip("/"), objects.place)))
                say(f"kept in the relay for the next run: {count(stored, 'part')} below {where}/")

    def _found(self, job: Job) -> tuple[Objects, Source]:
        if job.copy not in self._copies:
            key = b"" if self._relay.private else seal.copy_key(self._keys.secret_access_key, job.copy)
            objects = Objects(self._store, f"{job.family}/{job.copy}", key)
            self._copies[job.copy] = objects, FromHere(job, objects) if job.request.source.is_here else FromBox(objects)
        return self._copies[job.copy]


def _sizes(plan: Plan) -> dict[str, int]:
    return {name: size for name, (size, _) in carried(plan).items()}


def _nothing() -> None:
    """Nobody is told how far it is."""
