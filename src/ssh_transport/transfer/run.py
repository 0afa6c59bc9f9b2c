"""One copy from its request to its result: choose the engine, plan, then attempt until it holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.boundary import translated
from ssh_transport.errors import EndpointTooWeak
from ssh_transport.facts.copying import local_rsync
from ssh_transport.facts.sizes import sizes_by_sftp, sizes_here, sizes_there
from ssh_transport.report import say
from ssh_transport.text import one_line, size

from . import preflight, second_look, seeds
from .between import choose_between
from .choice import choose
from .engine import Engine, Plan, Progress
from .guard import credentials, crlf, destination, source
from .persist import Patience, persist
from .process import polite_kills_as_ctrl_c, threads_end_quietly
from .request import Forecast, Transfer, described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.box import Box

    from .choice import Choice
    from .request import Request


def copy(  # noqa: PLR0913 - what to copy between which ends, and how
    box: Box,
    request: Request,
    patience: Patience,
    show: Callable[[Progress], None],
    *,
    far: Box | None = None,
    is_known: bool = False,
) -> Transfer | Forecast:
    """
    Copy what differs, through faults, and return what was done. Safe to repeat: what is there is not sent again.

    :param far: the box that stands in place of this machine, for a copy from box to box.
    :param show: called with the progress whenever it changed.
    :param is_known: whether the box has just let us in: then the first contact too is tried again.
    :returns: for a dry run, which changes nothing, the forecast.
    :raises Guarded: a push would carry what it must not, or land where it must not.
    :raises AlreadyRunning: another process of this machine is at the same copy.
    :raises TaskError: what stopped it; what has arrived is kept and the next run goes on from there.
    """
    start = time.monotonic()
    if not request.pull:
        source.check(request.here, request.options.allow, copy_links=request.options.copy_links)
    ends = f"{box.address} -> {far.address}" if far else box.address
    purpose = f"the copy {request.source} -> {request.target} ({ends})"
    with files.locked(purpose), polite_kills_as_ctrl_c(), threads_end_quietly():
        job = _Job(box, request, show, far)
        for end in job.boxes:
            end.require("sftp")
            # What fails at the first contact is told at once: a wrong port does not get better.
            if not is_known:
                end.reconnect(sharing=job.shares_login)
            elif job.shares_login:
                end.share_login()
        _, attempts = persist(translated(box.name)(job.attempt), patience)
        for end in job.boxes:
            end.release()
    if job.plan is None or job.choice is None:
        raise AssertionError("an attempt that returns has planned")
    if request.options.dry_run:
        return _forecast(box, job, job.plan, job.choice)
    plan, engine = job.plan, job.choice.engine
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
        heals=engine.heals,
        streams=tuple(engine.lanes),
    )


class _Job:
    """A copy under way: the engine and the plan that every attempt shares."""

    def __init__(self, box: Box, request: Request, show: Callable[[Progress], None], far: Box | None = None) -> None:
        self._box, self._far = box, far
        self.boxes = (box, far) if far else (box,)
        self._request = request
        self.shares_login = far is None and request.options.engine != "sftp" and local_rsync() is not None
        self._show = show
        self._progress = Progress()
        self.choice: Choice | None = None
        self.plan: Plan | None = None
        self._sown = self._copied = False
        there = f"{box.name}:{request.there.removeprefix('./') or '.'}"
        here = f"{far.name}:{request.here.removeprefix('./') or '.'}" if far else request.here
        self.source, self.target = (there, here) if request.pull else (here, there)

    def attempt(self, number: int) -> None:
        """Look, decide, act; after a cut the plan stands, and what it asked for is partly done."""
        if number > 1:
            # Proves, before any byte of a file moves, that it is still the same box and still lets us in.
            for box in self.boxes:
                box.reconnect(sharing=self.shares_login)
        choice = self.choice = self.choice or self._chosen()
        plan = self.plan = self.plan or self._planned(choice)
        if self._request.options.dry_run:
            return
        if not self._copied:
            self._copy(number, plan, choice.engine)
        # A cut in here leaves the copy as whole as it was: the next attempt only looks.
        if plan.changes:
            second_look.check(self._box, self._request, choice, plan, self._far)

    def _copy(self, number: int, plan: Plan, engine: Engine) -> None:
        # Even with nothing to copy: what an earlier run left on the box is ended.
        engine.prepare()
        if plan.changes:
            if not self._sown:
                # Once: a file that has arrived since would be copied for nothing.
                engine.sow(plan)
                self._sown = True
            self._progress.attempt = number
            self._progress.total_bytes = plan.bytes
            engine.attempt(self._progress, lambda: self._show(self._progress))
            engine.finish(plan)
        self._copied = True

    def _chosen(self) -> Choice:
        if self._far:
            return choose_between(self._box, self._far, self._request)
        return choose(self._box, self._request)

    def _planned(self, choice: Choice) -> Plan:
        """
        Plan, and say what will be done.

        :raises TaskError: the target can't hold it; nothing was changed.
        """
        request = self._request
        if not request.pull:
            destination.check(self._box, request.here, request.there)
        plan = choice.engine.plan()
        if not request.pull:
            self._guard(plan)
        if choice.target:
            preflight.check_plan(plan, choice.target, lambda names: self._sizes(plan.root, names))
        if self._request.options.dry_run:
            for change in plan.changes:
                say(one_line(change))
        what = described(plan.files, plan.bytes, plan.links, plan.deletions) if plan.changes else "nothing to do"
        for profile, reach in (box.platform for box in self.boxes):
            if reach.slow_over_bytes and plan.bytes > reach.slow_over_bytes:
                kind = f"{profile.display_name}'s {reach.name} endpoint"
                say(f"warning: {kind} is slow for {size(plan.bytes)}: {reach.better}")
        for warning in preflight.warnings(plan, choice.target):
            say(f"warning: {warning}")
        for name in plan.skipped:
            say(f"warning: left out, no file or directory: {one_line(name)}")
        say(f"{one_line(self.source)} -> {one_line(self.target)}: {what} ({choice.engine.name})")
        return plan

    def _guard(self, plan: Plan) -> None:
        """Refuse what a push must not carry, and name the scripts that no shell on the box will understand."""
        request, options = self._request, self._request.options
        credentials.check(request.here, plan.sources, options.allow, copy_links=options.copy_links)
        scripts = crlf.scripts(request.here, plan.sources, copy_links=options.copy_links)
        if scripts:
            say(crlf.warning(scripts))

    def _sizes(self, root: str, names: Sequence[str]) -> Mapping[str, int]:
        if self._request.pull and not self._far:
            return sizes_here(root, names)
        end = self._far or self._box
        try:
            found = sizes_there(end, root, seeds.batches(names))
        except EndpointTooWeak:
            return sizes_by_sftp(end, root, names)
        return {name.removeprefix("./"): count for name, count in found.items()}


def _forecast(box: Box, job: _Job, plan: Plan, choice: Choice) -> Forecast:
    place = choice.target.place if choice.target else None
    umask = place.umask if place else None
    return Forecast(
        box=box.name,
        source=job.source,
        target=job.target,
        landing=choice.landing,
        engine=choice.engine.name,
        options=tuple(plan.options),
        files=plan.files,
        bytes=plan.bytes,
        links=plan.links,
        directories=plan.directories,
        deletions=plan.deletions,
        skipped=tuple(plan.skipped),
        outside_links=tuple(plan.outside_links),
        changes=tuple(plan.changes),
        free_bytes=place.free_bytes if place else None,
        free_inodes=place.free_inodes if place else None,
        filesystem=place.filesystem.kind if place and place.filesystem else "",
        umask="" if umask is None else f"{umask:04o}",
        python=choice.python,
    )
