"""One copy from its request to its result: choose the engine, plan, then attempt until it holds."""

from __future__ import annotations

import posixpath
import shlex
import time
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.boundary import translated
from ssh_transport.connection import connect
from ssh_transport.errors import EndpointTooWeak, LoginRefused, NoSuchPath
from ssh_transport.facts.copying import far_end, local_rsync
from ssh_transport.report import say
from ssh_transport.text import one_line, size

from .engine import Plan, Progress
from .persist import Patience, persist
from .process import polite_kills_as_ctrl_c, threads_end_quietly
from .request import Transfer, described
from .rsync import Rsync
from .sftp import Sftp

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

    from .engine import Engine
    from .request import Request

_SAFE_RECEIVER = (3, 5, 0)


def copy(box: Box, request: Request, patience: Patience, show: Callable[[Progress], None]) -> Transfer:
    """
    Copy what differs, through faults, and return what was done. Safe to repeat: what is there is not sent again.

    :param show: called with the progress whenever it changed.
    :raises AlreadyRunning: another process of this machine is at the same copy.
    :raises TaskError: what stopped it; what has arrived is kept and the next run goes on from there.
    """
    start = time.monotonic()
    purpose = f"the copy {request.source} -> {request.target} ({box.address})"
    with files.locked(purpose), polite_kills_as_ctrl_c(), threads_end_quietly():
        box.require("sftp")
        # What fails at the first contact is told at once: a wrong port does not get better.
        box.reconnect()
        job = _Job(box, request, show)
        _, attempts = persist(translated(box.name)(job.attempt), patience)
    if job.plan is None or job.engine is None:
        raise AssertionError("an attempt that returns has planned")
    plan, engine = job.plan, job.engine
    return Transfer(
        box=box.name,
        source=job.source,
        target=job.target,
        engine=engine.name,
        files=plan.files,
        bytes=plan.bytes,
        links=plan.links,
        deletions=plan.deletions,
        skipped=tuple(plan.skipped),
        wire_bytes=engine.wire_bytes,
        seconds=round(time.monotonic() - start, 3),
        attempts=attempts,
        dry_run=request.options.dry_run,
    )


class _Job:
    """A copy under way: the engine and the plan that every attempt shares."""

    def __init__(self, box: Box, request: Request, show: Callable[[Progress], None]) -> None:
        self._box = box
        self._request = request
        self._show = show
        self._progress = Progress()
        self.engine: Engine | None = None
        self.plan: Plan | None = None
        there = f"{box.name}:{request.there.removeprefix('./') or '.'}"
        self.source, self.target = (there, request.here) if request.pull else (request.here, there)

    def attempt(self, number: int) -> None:
        """Look, decide, act; after a cut the plan stands, and what it asked for is partly done."""
        dry_run = self._request.options.dry_run
        if number > 1:
            # Proves, before any byte of a file moves, that it is still the same box and still lets us in.
            self._box.reconnect()
        engine = self.engine = self.engine or _engine(self._box, self._request)
        if not dry_run:
            engine.prepare()
        if self.plan is None:
            plan = engine.plan()
            self._announce(plan, engine.name)
            if not dry_run:
                engine.sow(plan)
            self.plan = plan
        if dry_run or not self.plan.changes:
            return
        self._progress.attempt = number
        self._progress.total_bytes = self.plan.bytes
        engine.attempt(self._progress, lambda: self._show(self._progress))
        engine.finish(self.plan)

    def _announce(self, plan: Plan, engine: str) -> None:
        if self._request.options.dry_run:
            for change in plan.changes:
                say(one_line(change))
        what = described(plan.files, plan.bytes, plan.links, plan.deletions) if plan.changes else "nothing to do"
        profile, reach = self._box.platform
        if reach.slow_over_bytes and plan.bytes > reach.slow_over_bytes:
            kind = f"{profile.display_name}'s {reach.name} endpoint"
            say(f"warning: {kind} is slow for {size(plan.bytes)}: {reach.better}")
        for name in plan.skipped:
            say(f"warning: left out, no file or directory: {one_line(name)}")
        say(f"{one_line(self.source)} -> {one_line(self.target)}: {what} ({engine})")


def _engine(box: Box, request: Request) -> Engine:
    """
    Choose rsync where both ends have it, else SFTP, and say which.

    :raises EndpointTooWeak: the endpoint carries neither.
    :raises NoSuchPath: there is nothing to pull.
    """
    try:
        far = far_end(box, request.there)
    except EndpointTooWeak as exc:
        say(f"{box.name}: runs no commands ({one_line(exc.cause)}); SFTP alone is used")
        return Sftp(box, request)
    if request.pull and far.kind == "missing":
        there = one_line(request.there.removeprefix("./"))
        parent = shlex.quote(one_line(posixpath.dirname(request.there)))
        raise NoSuchPath(f"there is no `{there}` on `{box.name}`", hint=f"look around: ssh {box.name} ls -la {parent}")
    if request.pull and far.kind == "link" and not request.there.endswith("/"):
        say(f"warning: `{one_line(request.there)}` is a symlink, only the link is pulled; a trailing slash follows it")
    if _needs_typed_secret(box):
        say(f"{box.name}: `ssh` could not log in without what was typed; the slower SFTP engine is used")
        return Sftp(box, request)
    here = local_rsync()
    if here is None or far.rsync is None:
        where = "this machine" if here is None else box.name
        say(f"{box.name}: no rsync on {where}; the slower SFTP engine is used")
        return Sftp(box, request)
    if request.pull and here.number < _SAFE_RECEIVER:
        say(f"warning: rsync {here} on this machine trusts a hostile box too much; 3.5.0 or newer is safer")
    engine = Rsync(box, request, here, far)
    if engine.writes_in_place and not request.options.inplace:
        say(f"{box.name}: rsync {min(here.number, far.rsync.number)} can't hide a partial file: writing in place")
    return engine


def _needs_typed_secret(box: Box) -> bool:
    """Whether a password or passphrase that was typed is needed to log in: `ssh` is given none."""
    if not {key for key in ("password", "passphrase") if box.given.get(key)}:
        return False
    try:
        connect(box, password=None, passphrase=None).close()
    except LoginRefused:
        return True
    return False
