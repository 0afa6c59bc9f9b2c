"""One copy from its request to its result: look at both ends, plan, then attempt until it holds."""

from __future__ import annotations

import contextlib
import os
import posixpath
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.credentials import catalogue
from ssh_transport.errors.translation import translated
from ssh_transport.link.persist import Patience, persist
from ssh_transport.request.landing import own_name
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c

from . import logins
from .guard import source
from .result import Forecast, Transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress

    from .ends import Ends
    from .engine import Bring, Plan


def copy(  # noqa: PLR0913 - what is copied, how, and what is known of it
    request: Request,
    patience: Patience,
    show: Callable[[Progress], None],
    *,
    is_known: bool = False,
    begin: Callable[[], None] = lambda: None,
    still_gone: Callable[[], tuple[str, ...]] | None = None,
    ends: Ends | None = None,
    bring: Bring | None = None,
) -> Transfer | Forecast:
    """
    Copy what differs, through faults, and return what was done. Safe to repeat: what is there is not sent again.

    :param show: called with the progress whenever it changed.
    :param is_known: whether the box has just let us in: then the first contact too is tried again.
    :param begin: called once all is planned and may be done, before anything is changed; of a dry run never.
    :param still_gone: returns which of `Options.gone` may go, asked right before they do: a copy takes its time.
    :param ends: what `planned` found at both ends.
    :param bring: what carries files there another way, called once likewise; what it has brought is found, and the rest
        copied.
    :returns: for a dry run, which changes nothing, the forecast.
    :raises Guarded: it would carry what it must not, land where it must not, or delete what looks like a mistake.
    :raises AlreadyRunning: another process of this machine is at the same copy.
    :raises TaskError: what stopped it; what has arrived is kept and the next run goes on from there.
    """
    if request.source.is_here:
        source.check(request.source.path, request.options.allow, copy_links=request.options.copy_links)
        catalogue.prepare()
    start = time.monotonic()
    with (
        files.locked(purpose(request)),
        contextlib.ExitStack() as found,
        polite_kills_as_ctrl_c(),
    ):
        for box in request.boxes:
            box.require("sftp")
        # What fails at the first contact is told at once: a wrong port does not get better.
        if not is_known:
            logins.open_boxes(request)
        # While the login waits, it is imported: see `terminal/ahead.py`.
        from .job import Job

        job = Job(request, patience, show, found, begin=begin, still_gone=still_gone, known=ends, bring=bring)
        _, attempts = persist(translated(request.box.name)(job.attempt), patience)
        for box in request.boxes:
            box.release()
    if request.options.dry_run:
        return Forecast.of(request, job.ends, job.engine, job.plan)
    seconds, pace = round(time.monotonic() - start, 3), job.pace.samples
    return Transfer.of(request, job.engine, job.plan, attempts=attempts, seconds=seconds, pace=pace, via=job.via)


def planned(request: Request, patience: Patience) -> tuple[Ends, Plan]:
    """
    Look at both ends and plan as `copy` does; say nothing of it, and change nothing.

    What a push carries is not looked into: see `guard.content`.

    :raises TaskError: what `copy` would refuse before it copies anything.
    """
    dry = request.with_options(replace(request.options, dry_run=True))
    with contextlib.ExitStack() as found:
        from .job import Job

        job = Job(dry, patience, lambda _: None, found, guards=False)
        for box in request.boxes:
            box.require("sftp")
            box.open()
        persist(translated(request.target.name or request.box.name)(job.attempt), patience)
        for box in request.boxes:
            box.release()
    return job.ends, job.plan


def purpose(request: Request) -> str:
    """Return what only one process may do at a time: to write this, however it is spelled."""
    end = request.target
    path = posixpath.normpath(end.path) if end.box else os.path.realpath(end.path)
    what = posixpath.join(path, own_name(request.source.path))
    return f"the copy to {end.name}:{what} ({end.address})" if end.box else f"the copy to {what}"
