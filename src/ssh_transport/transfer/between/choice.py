"""Which way a copy from box to box takes: straight where the first can log in to the second, else through here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssh_transport.errors import ToolMissing, UsageError
from ssh_transport.facts.copying import rsync_there
from ssh_transport.link import streams
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.report import say
from ssh_transport.transfer.rsync import orphans
from ssh_transport.transfer.rsync.install import with_rsync
from ssh_transport.transfer.sftp import Sftp

from .direct import OLDEST, Direct
from .hop import Hop
from .lent_link import LentLink

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.request.options import Options
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.ends import Ends
    from ssh_transport.transfer.engine import Engine, Plan

# So many silences of a dead link may pass before rsync on the second box gives up: the first may be gone for good, and
# the next attempt goes on from what there is.
_GRACES = 3


class _Streamed(Sftp):
    """A copy from box to box through this machine, held in memory only."""

    def attempt(
        self, plan: Plan, progress: Progress, tick: Callable[[], None], *, without: Collection[str] = ()
    ) -> None:
        """End what an earlier straight copy left running, which might still rename its files over ours; then copy."""
        orphans.end_orphaned_rsync(self.request, then_make="")
        super().attempt(plan, progress, tick, without=without)


def engine_between(request: Request, ends: Ends) -> Engine:
    """
    Choose the way, and say which.

    :raises ToolMissing: rsync was asked for, and can't go straight.
    """
    source, target = request.boxes
    options = request.options
    if options.engine == "sftp":
        return _Streamed(request, ends)
    if ends.source is None or ends.target is None:
        raise AssertionError("both boxes were asked")
    both = ends.source, ends.target
    way, why = _way(source, target, options, both)
    if not why:
        say(f"{source.name}: sends straight to {target.name}")
        return Direct(way, request, ends.landing, _link(way, options, both))
    if options.engine == "rsync":
        hint = "leave out --engine=rsync: it is streamed through this machine then"
        raise ToolMissing(f"there is no straight way from `{source.name}` to `{target.name}`", cause=why, hint=hint)
    say(f"{why}: streamed through this machine")
    _say_one(source, request)
    return _Streamed(request, ends)


def streamed(request: Request, ends: Ends) -> Engine:
    """Return the engine for boxes that run no commands."""
    say("streamed through this machine")
    _say_one(request.box, request)
    return Sftp(request, ends)


def _say_one(source: Box, request: Request) -> None:
    """Say that there is one connection, if more were asked for."""
    streams.only_one(source.name, streams.wanted(source, request.options.streams), "several are for a straight copy")


def _link(way: Hop, options: Options, ends: tuple[RemoteEnd, RemoteEnd]) -> LentLink | None:
    """Return what rsync on the first box goes over, where that is more than one `ssh`."""
    found = streams.streams_between(way.source, way.target, options.streams, ends, way.round_trip_s)
    if found.most == 1:
        return None
    settings = TransferSettings.of(way.source.c)
    grace_s = min(settings.streams_grace_s, _GRACES * settings.silence_s)
    return LentLink(found, ends[0].python, ends[1].python, grace_s, settings.streams_limit_bytes)


def _measuring(source: Box, options: Options, ends: tuple[RemoteEnd, RemoteEnd]) -> str:
    """Return the Python of the first box that measures the way, if anything hangs on it."""
    matters = streams.wanted(source, options.streams) == streams.AUTO and all(map(streams.is_fit, ends))
    return ends[0].python if matters else ""


def _way(source: Box, target: Box, options: Options, ends: tuple[RemoteEnd, RemoteEnd]) -> tuple[Hop, str]:
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


def _lacking(source: Box, target: Box, options: Options, ends: tuple[RemoteEnd, RemoteEnd]) -> str:
    """Return what the straight way lacks before anything is tried, or nothing."""
    if not source.goes_by_ssh:
        return "there is no `ssh` on this machine that can use the login"
    if target.resolved.proxy_jump or target.resolved.proxy_command:
        return f"{target.name} is behind a jump of this machine's"
    for box, end in zip((source, target), ends, strict=True):
        rsync = end.rsync
        if rsync is None and options.install_rsync and with_rsync(box, options):
            rsync = rsync_there(box)
        if rsync is None:
            unfit = f"{end.unfit_rsync} on {box.name} is too old" if end.unfit_rsync else f"no rsync on {box.name}"
            return f"{unfit} (--install-rsync puts it there)"
        if rsync.number < OLDEST:
            return f"rsync {rsync} on {box.name} is older than {'.'.join(map(str, OLDEST))}"
    return ""


def check_agent(source: Box, options: Options) -> None:
    """
    Stop before anything is asked if an agent is to be lent and there is none.

    :raises UsageError: what to start.
    """
    named = source.resolved.options.get("identityagent", "none") not in {"none", "SSH_AUTH_SOCK"}
    if options.forward_agent and not named and not os.environ.get("SSH_AUTH_SOCK"):
        raise UsageError("there is no ssh agent to forward", hint='start one: eval "$(ssh-agent)" && ssh-add')
