"""The copies of one command by way of one relay, and what is left of them in it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from ssh_transport.errors import TaskError
from ssh_transport.request.carried import Carried
from ssh_transport.terminal.report import say
from ssh_transport.text import count

from . import seal, trust
from .between import between
from .job import Job, Moved
from .keys import keys_of
from .objects import Objects
from .pull import pull
from .push import push
from .relay import named
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from invoke import Context

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Bring, Plan

    from .keys import Keys
    from .relay import Relay


@contextlib.contextmanager
def by_way_of(c: Context, name: str) -> Iterator[Bring | None]:
    """
    Yield what carries copies by way of the relay of this name, `None` for no name; what it stored is gone at the end.

    If not all went well, it is kept for the next run, and named. Variables with its key are taken out of the
    environment.

    :raises UsageError: there is none of this name, it is not well described, or nothing opens it.
    """
    if not name:
        yield None
        return
    relay = named(c, name)
    via = Via(relay, keys_of(relay))
    try:
        yield via.bring
    except BaseException:
        via.keep()
        raise
    via.clean()


class Via:
    """
    A relay that copies go by way of, one after another; what one has stored, the next need not.

    :raises ToolMissing: the package that talks to it is not installed.
    """

    def __init__(self, relay: Relay, keys: Keys) -> None:
        self._relay, self._keys = relay, keys
        self._store = Store(relay, keys)
        self._is_checked = False
        self._copies: dict[str, Objects] = {}
        self._moved: dict[str, Moved] = {}
        self._lock = threading.Lock()

    def bring(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """
        Carry what a plan sends whole, before the copy itself, which finds it there; return what that was, if anything.

        :raises TaskError: it stopped; what was stored and fetched is kept for the next run.
        """
        with self._lock:
            moved = self._moved.setdefault(str(request.target), Moved())
        job = Job(request, self._relay.name, plan, moved, progress=progress, tick=tick)
        if not job.files:
            return None
        # Several boxes may be copied to at once.
        with self._lock:
            if not self._is_checked:
                trust.check(self._store)
                self._is_checked = True
            objects = self._objects(job.copy)
        progress.total_bytes, progress.done_bytes = plan.bytes, 0
        carry = between if request.is_between else push if request.source.is_here else pull
        parts = carry(job, objects)
        return Carried(self._relay.name, len(job.files), parts, moved.up_bytes, moved.down_bytes)

    def clean(self) -> None:
        """Take away all that the copies have stored, as they are done."""
        try:
            for objects in self._copies.values():
                objects.remove()
        except TaskError as error:
            # What was to be copied is there.
            say(f"warning: {error.what}: {error.cause}")
            self.keep()

    def keep(self) -> None:
        """Say what stays for the next run, as not all of them are done."""
        for copy, objects in self._copies.items():
            if stored := objects.count():
                where = "/".join(filter(None, (self._relay.url.rstrip("/"), copy)))
                say(f"kept in the relay for the next run: {count(stored, 'part')} below {where}/")

    def _objects(self, copy: str) -> Objects:
        if copy not in self._copies:
            key = b"" if self._relay.private else seal.copy_key(self._keys.secret_access_key, copy)
            self._copies[copy] = Objects(self._store, copy, key)
        return self._copies[copy]
