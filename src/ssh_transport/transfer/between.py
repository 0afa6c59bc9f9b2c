"""Which way a copy from box to box takes: straight where the first can log in to the second, else through here."""

from __future__ import annotations

import os
import posixpath
import shutil
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointTooWeak, ToolMissing, UsageError
from ssh_transport.facts.copying import far_end
from ssh_transport.report import say
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import ghosts, preflight, streams
from .choice import Choice, check_source, with_rsync
from .direct import OLDEST, Direct
from .guard import destination
from .hop import Hop
from .landing import holders_between, is_directory_there, landing_between
from .lent_link import LentLink
from .preflight import Target
from .sftp import Sftp

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.facts.copying import FarEnd

    from .landing import Landing
    from .request import Options, Request

# So many silences of a dead link may pass before rsync on the second box gives up: the first may be gone for good, and
# the next attempt goes on from what there is.
_GRACES = 3


class Streamed(Sftp):
    """A copy from box to box through this machine, held in memory only."""

    def __init__(self, source: Box, target: Box, request: Request) -> None:
        super().__init__(source, request, target)
        self._pair = source, target

    def prepare(self) -> None:
        """End what an earlier straight copy left running, which might still rename its files over ours."""
        source, target = self._pair
        ghosts.end(source, self._request, far=target, then_make="")


def choose_between(source: Box, target: Box, request: Request) -> Choice:
    """
    Choose the way, and say which.

    :raises EndpointTooWeak: an endpoint carries no way at all, or not the one that was asked for.
    :raises NoSuchPath: there is nothing to copy.
    :raises Guarded: it would land where no copy must.
    :raises UsageError: the target can't be, or there is no agent to forward.
    :raises ToolMissing: rsync was asked for, and can't go straight.
    """
    _check_agent(source, request.options)
    try:
        origin = far_end(source, request.there)
        check_source(source, request, origin)
        goal = far_end(target, request.here, holders=holders_between(request, origin))
    except EndpointTooWeak as exc:
        if request.options.engine == "rsync":
            raise
        say(f"{exc.box}: runs no commands ({one_line(exc.cause)}): streamed through this machine")
        _say_one(source, request)
        # What the source is, nobody can say yet: a file would not go onto a home either.
        name = posixpath.basename(request.there)
        _guard(source, target, request, posixpath.join(request.here, name) if name else request.here)
        return Choice(Sftp(source, request, target))
    found = landing_between(request, origin, goal)
    if is_directory_there(request, origin):
        _guard(source, target, request, found.holder)
    if goal.place is None:
        raise AssertionError("the probe of a target looks at the place")
    place = Target(goal.place, found.holder, target.name, target.resolved.user)
    preflight.check_place(place)
    engine = _straight(source, target, request, (origin, goal), found) or Streamed(source, target, request)
    return Choice(engine, place, found.at(goal.place.path), goal.python)


def _straight(source: Box, target: Box, request: Request, ends: tuple[FarEnd, FarEnd], found: Landing) -> Direct | None:
    """Return the engine of the straight way, or `None` where it can't be gone; say which and why."""
    if request.options.engine == "sftp":
        return None
    way, why = _way(source, target, request.options, ends)
    if not why:
        say(f"{source.name}: sends straight to {target.name}")
        return Direct(way, request, found, _link(way, request.options, ends))
    if request.options.engine == "rsync":
        hint = "leave out --engine=rsync: it is streamed through this machine then"
        raise ToolMissing(f"there is no straight way from `{source.name}` to `{target.name}`", cause=why, hint=hint)
    say(f"{why}: streamed through this machine")
    _say_one(source, request)
    return None


def _say_one(source: Box, request: Request) -> None:
    """Say that there is one connection, if more were asked for."""
    streams.only_one(source.name, streams.wanted(source, request.options.streams), "several are for a straight copy")


def _link(way: Hop, options: Options, ends: tuple[FarEnd, FarEnd]) -> LentLink | None:
    """Return what rsync on the first box goes over, where that is more than one `ssh`."""
    found = streams.streams_between(way.source, way.target, options.streams, ends, way.round_trip_s)
    if found.most == 1:
        return None
    settings = TransferSettings.of(way.source.c)
    grace_s = min(settings.streams_grace_s, _GRACES * settings.silence_s)
    return LentLink(found, ends[0].python, ends[1].python, grace_s, settings.streams_limit_bytes)


def _measuring(source: Box, options: Options, ends: tuple[FarEnd, FarEnd]) -> str:
    """Return the Python of the first box that measures the way, if anything hangs on it."""
    matters = streams.wanted(source, options.streams) == streams.AUTO and all(map(streams.is_fit, ends))
    return ends[0].python if matters else ""


def _way(source: Box, target: Box, options: Options, ends: tuple[FarEnd, FarEnd]) -> tuple[Hop, str]:
    """Return the way and why it can't be gone, empty if it can; an agent is lent only where nothing else helps."""
    way = Hop(source, target)
    if why := _lacking(source, target, options, ends):
        return way, why
    python = _measuring(source, options, ends)
    why = way.fault(python)
    if not why or not options.forward_agent:
        return way, why
    say(f"warning: while this runs, the root of {source.name} can log in wherever the keys of your agent are let in")
    lent = Hop(source, target, with_agent=True)
    return lent, lent.fault(python)


def _lacking(source: Box, target: Box, options: Options, ends: tuple[FarEnd, FarEnd]) -> str:
    """Return what the straight way lacks before anything is tried, or nothing."""
    if not shutil.which("ssh"):
        return "there is no `ssh` on this machine"
    if source.needs_typed_secret:
        return f"`ssh` can't log in to {source.name} without what was typed"
    if target.resolved.proxy_jump or target.resolved.proxy_command:
        return f"{target.name} is behind a jump of this machine's"
    for box, end in zip((source, target), ends, strict=True):
        rsync = end.rsync
        if rsync is None and options.install_rsync:
            rsync = with_rsync(box, options, end, partial(far_end, box, ".")).rsync
        if rsync is None:
            return f"no rsync on {box.name} (--install-rsync puts it there)"
        if rsync.number < OLDEST:
            return f"rsync {rsync} on {box.name} is older than {'.'.join(map(str, OLDEST))}"
    return ""


def _guard(source: Box, target: Box, request: Request, landing: str) -> None:
    named = f"{source.name}:{request.there.removeprefix('./') or '~'}"
    destination.check_landing(target, named, request.here, landing)


def _check_agent(source: Box, options: Options) -> None:
    named = source.resolved.options.get("identityagent", "none") not in {"none", "SSH_AUTH_SOCK"}
    if options.forward_agent and not named and not os.environ.get("SSH_AUTH_SOCK"):
        raise UsageError("there is no ssh agent to forward", hint='start one: eval "$(ssh-agent)" && ssh-add')
