"""Which engine a copy gets, and where it lands: what both ends have decides, unless the person does."""

from __future__ import annotations

import getpass
import posixpath
import shlex
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointTooWeak, LoginRefused, NoSuchPath, ToolMissing
from ssh_transport.facts.copying import far_end, local_rsync
from ssh_transport.facts.place import normal, place_by_sftp, place_here
from ssh_transport.report import say
from ssh_transport.text import one_line

from . import preflight
from .landing import holders, is_first_pull, landing
from .preflight import Target
from .rsync import Rsync
from .sftp import Sftp
from .streams import begin_logins

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import FarEnd

    from .engine import Engine
    from .request import Options, Request

_SAFE_RECEIVER = (3, 5, 0)
_INSTALL_HERE = "install it here: `apt install rsync openssh-client`, or on a Mac `brew install rsync`"


@dataclass(frozen=True)
class Choice:
    """
    The engine, and what the one probe told: the end that is written, the whole path there, and the box's python.

    `None` and empty for a box that runs no commands.
    """

    engine: Engine
    target: Target | None = None
    landing: str = ""
    python: str = ""


def choose(box: Box, request: Request) -> Choice:
    """
    Choose rsync where both ends have it, else SFTP, and say which.

    :raises EndpointTooWeak: the endpoint carries neither, or not the engine that was asked for.
    :raises NoSuchPath: there is nothing to pull.
    :raises UsageError: the target can't be.
    :raises ToolMissing: rsync was asked for, and an end has none.
    """
    asked = request.options.engine
    if asked == "rsync":
        box.require("rsync")
    if is_first_pull(request) and not request.options.dry_run:
        # There will be something to copy.
        begin_logins(box, request.options.streams)
    try:
        far = _far_end(box, request)
    except EndpointTooWeak as exc:
        if asked == "rsync":
            raise
        say(f"{box.name}: runs no commands ({one_line(exc.cause)}); SFTP alone is used")
        return _by_sftp_alone(box, request)
    check_source(box, request, far)
    found = landing(request, far)
    place = place_here(found.holder) if request.pull else far.place
    if place is None:
        raise AssertionError("the probe of a push looks at the place")
    user, name = (getpass.getuser(), "") if request.pull else (box.resolved.user, box.name)
    target = Target(place, found.holder, name, user)
    preflight.check_place(target)
    return Choice(_engine(box, request, far), target, found.at(place.path), far.python)


def _by_sftp_alone(box: Box, request: Request) -> Choice:
    look = place_here if request.pull else partial(place_by_sftp, box)
    holder = normal(request.target)
    place = look(holder)
    if place.exists and not place.is_directory:
        # A file that may be replaced.
        holder = posixpath.dirname(holder) or "."
        place = look(holder)
    name, user = ("", getpass.getuser()) if request.pull else (box.name, box.resolved.user)
    return Choice(Sftp(box, request), Target(place, holder, name, user))


def _far_end(box: Box, request: Request) -> FarEnd:
    return far_end(box, request.there) if request.pull else far_end(box, request.there, holders=holders(request))


def check_source(box: Box, request: Request, far: FarEnd) -> None:
    """
    Warn of a link that would be pulled as one.

    :raises NoSuchPath: there is nothing to pull.
    """
    if not request.pull:
        return
    if far.kind == "missing":
        there = one_line(request.there.removeprefix("./"))
        parent = shlex.quote(one_line(posixpath.dirname(request.there)))
        raise NoSuchPath(f"there is no `{there}` on `{box.name}`", hint=f"look around: ssh {box.name} ls -la {parent}")
    if far.kind == "link" and not request.options.copy_links:
        say(f"warning: `{one_line(request.there)}` is a symlink, only the link is pulled; a trailing slash follows it")


def _engine(box: Box, request: Request, far: FarEnd) -> Engine:
    asked = request.options.engine
    if asked == "sftp":
        return Sftp(box, request)
    if box.needs_typed_secret:
        why = "`ssh` could not log in without what was typed"
        if asked == "rsync":
            raise LoginRefused(why, box=box.name, hint=f"push the key first: inv keys.push --on {box.name}")
        say(f"{box.name}: {why}; the slower SFTP engine is used")
        return Sftp(box, request)
    here = local_rsync()
    if here and far.rsync is None and request.options.install_rsync:
        far = with_rsync(box, request.options, far, lambda: _far_end(box, request))
    if here is None or far.rsync is None:
        where = "this machine" if here is None else box.name
        hint = _INSTALL_HERE if here is None else "--install-rsync puts it there"
        planned = here is not None and request.options.install_rsync
        if asked == "rsync" and not planned:
            raise ToolMissing(f"no rsync on `{where}`" if here else "no rsync on this machine", hint=hint)
        say(f"{box.name}: no rsync on {where}; the slower SFTP engine is used ({hint})")
        return Sftp(box, request)
    if request.pull and here.number < _SAFE_RECEIVER:
        say(f"warning: rsync {here} on this machine trusts a hostile box too much; 3.5.0 or newer is safer")
    engine = Rsync(box, request, here, far)
    if engine.writes_in_place and not request.options.inplace:
        say(f"{box.name}: rsync {min(here.number, far.rsync.number)} can't hide a partial file: writing in place")
    return engine


def with_rsync(box: Box, options: Options, far: FarEnd, look: Callable[[], FarEnd]) -> FarEnd:
    """Have rsync installed on the box, and look again; a dry run says so, and plans without it."""
    from ssh_transport.operations.install_rsync import ensure_rsync, way_to_install

    if options.dry_run:
        say(f"{box.name}: rsync would be installed: {one_line(way_to_install(box))}")
        return far
    say(f"{box.name}: installs rsync: {one_line(way_to_install(box))}")
    say(f"{box.name}: {ensure_rsync(box)}")
    return look()
