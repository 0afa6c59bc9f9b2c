"""Which engine a copy gets: what both ends have decides, unless the person does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointTooWeak, ToolMissing, UsageError
from ssh_transport.facts.copying import local_rsync, local_unfit_rsync, rsync_there
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from . import logins, preflight
from .between.choice import check_agent, engine_between, streamed
from .ends import look, look_by_sftp
from .rsync import orphans
from .rsync.engine import Rsync
from .rsync.install import with_rsync
from .rsync.listing import Listing
from .sftp import Sftp

if TYPE_CHECKING:
    from ssh_transport.request.request import Request

    from .ends import Ends
    from .engine import Engine

_SAFE_RECEIVER = (3, 5, 0)
_INSTALL_HERE = "install it here: `apt install rsync openssh-client`, or on a Mac `brew install rsync`"


def choose(request: Request, known: Ends | None = None) -> tuple[Ends, Engine]:
    """
    Look at both ends, if that was not done; choose rsync where both have it, else SFTP, and say which.

    :raises EndpointTooWeak: an endpoint carries neither, or not the engine that was asked for.
    :raises NoSuchPath: there is nothing to copy.
    :raises UsageError: the target can't be.
    :raises ToolMissing: rsync was asked for, and an end has none.
    """
    if request.options.engine == "rsync" and not request.is_between:
        request.box.require("rsync")
    if request.is_between:
        check_agent(request.box, request.options)
    logins.begin(request)
    listing = Listing(request)
    try:
        mark = "" if request.is_between else orphans.marked(request)
        ends = _as_of_then(known) if known else look(request, lists=listing.words, mark=mark)
    except EndpointTooWeak as exc:
        if request.options.engine == "rsync":
            raise
        say(f"{exc.box}: runs no commands ({one_line(exc.cause)}); SFTP alone is used")
        ends = look_by_sftp(request)
        preflight.check_directory(ends.destination, top=ends.landing.top)
        return ends, streamed(request, ends) if request.is_between else Sftp(request, ends)
    if ends.is_one_place:
        names = " and ".join(f"`{box.name}`" for box in request.boxes)
        raise UsageError(f"{names} are one machine, and `{one_line(ends.path)}` is what would be copied there")
    preflight.check_directory(ends.destination, top=ends.landing.top)
    return ends, engine_between(request, ends) if request.is_between else _engine(request, ends, listing)


def _as_of_then(ends: Ends) -> Ends:
    """Return ends that were looked at before this copy began: what a guard goes by may be another since."""
    return replace(ends, target=replace(ends.target, is_marked=True, homes=None)) if ends.target else ends


def _engine(request: Request, ends: Ends, listing: Listing) -> Engine:
    asked, box = request.options.engine, request.box
    if asked == "sftp":
        return Sftp(request, ends)
    if not box.goes_by_ssh:
        why = "this machine has no `ssh` that can use the login"
        if asked == "rsync":
            raise ToolMissing(why, box=box.name, hint=_INSTALL_HERE)
        say(f"{box.name}: {why}; the slower SFTP engine is used")
        return Sftp(request, ends)
    here, there = local_rsync(), ends.remote.rsync if ends.remote else None
    if here and there is None and request.options.install_rsync:
        there = rsync_there(box) if with_rsync(box, request.options) else None
    if here is None or there is None:
        where = "this machine" if here is None else box.name
        hint = _INSTALL_HERE if here is None else "--install-rsync puts it there"
        unfit = local_unfit_rsync() if here is None else ends.remote.unfit_rsync if ends.remote else ""
        lacks, why = ("no usable rsync", f"{unfit} is there, and rsync 3.1 is needed") if unfit else ("no rsync", "")
        planned = here is not None and request.options.install_rsync
        if asked == "rsync" and not planned:
            raise ToolMissing(f"{lacks} on `{where}`" if here else f"{lacks} on this machine", cause=why, hint=hint)
        because = f": {why}" if why else ""
        say(f"{box.name}: {lacks} on {where}{because}; the slower SFTP engine is used ({hint})")
        return Sftp(request, ends)
    if request.target.is_here and here.number < _SAFE_RECEIVER:
        say(f"warning: rsync {here} on this machine trusts a hostile box too much; 3.5.0 or newer is safer")
    engine = Rsync(request, ends, here, there, listing)
    if engine.writes_in_place and not request.options.inplace:
        say(f"{box.name}: rsync {min(here.number, there.number)} can't hide a partial file: writing in place")
    return engine
