"""What both ends of a copy have, and where it lands: asked once, before anything is decided."""

from __future__ import annotations

import getpass
import posixpath
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath
from ssh_transport.errors.commands import typed
from ssh_transport.facts.copying import remote_end
from ssh_transport.facts.directory import directory_here, normal
from ssh_transport.request.landing import holders, landing, own_name
from ssh_transport.sftp.facts import directory_by_sftp
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line
from ssh_transport.trees import tree_of

from .preflight import Destination

if TYPE_CHECKING:
    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.facts.directory import Directory
    from ssh_transport.request.end import End
    from ssh_transport.request.landing import Landing
    from ssh_transport.request.request import Request


@dataclass(frozen=True)
class Ends:
    """
    Where a copy lands, and what was found at its ends.

    ``is_directory`` says whether a directory is copied, or its contents. ``source`` and ``target`` are what the boxes
    there have; `None` for this machine, and for a box that runs no commands.
    """

    landing: Landing
    destination: Destination
    is_directory: bool
    source: RemoteEnd | None = None
    target: RemoteEnd | None = None

    @property
    def path(self) -> str:
        """The whole path at which the copy lands, links in it resolved."""
        return self.landing.at(self.destination.directory.path)

    @property
    def is_one_place(self) -> bool:
        """Whether the copy would be of a place to itself, or into itself, by two names of one box."""
        if not (self.source and self.target and self.source.place and self.target.place):
            return False
        machine, _, real = self.source.place.partition(" /")
        if not self.target.place.startswith(f"{machine} /"):
            return False
        return f"{self.path.rstrip('/')}/".startswith(f"/{real.rstrip('/')}/")

    @property
    def remote(self) -> RemoteEnd | None:
        """The box at the other end of this machine; from box to box the one that is written."""
        return self.target or self.source


def look(request: Request, *, lists: str = "", mark: str = "") -> Ends:
    """
    Ask each box in one command, and this machine.

    :param lists: what the box that is read is asked with it, as in `remote_end`.
    :param mark: what either box is asked with it, likewise.
    :raises EndpointTooWeak: a box runs no commands; `look_by_sftp` asks it all the same.
    :raises NoSuchPath: the source does not exist.
    """
    source, target = request.source, request.target
    between = request.is_between
    origin = remote_end(source.box, source.path, lists=lists, mark=mark, is_between=between) if source.box else None
    kind = origin.kind if origin else _local_kind(source.path)
    leads = origin.leads_to_directory if origin else Path(source.path).is_dir()
    _check_source(request, kind)
    is_directory = kind == "directory" or (request.options.copy_links and leads)
    holding = holders(request, source_is_directory=is_directory)
    becomes_copy = is_directory or not own_name(source.path)
    goal = (
        remote_end(target.box, target.path, holders=holding, becomes_copy=becomes_copy, mark=mark, is_between=between)
        if target.box
        else None
    )
    leads_there = goal.leads_to_directory if goal else Path(target.path).is_dir()
    found = landing(request, source_is_directory=is_directory, target_is_directory=leads_there)
    directory = goal.directory if goal else directory_here(found.holder)
    if directory is None:
        raise AssertionError("the probe of a target returns the directory")
    return Ends(found, _destination(target, directory, found), is_directory, origin, goal)


def look_by_sftp(request: Request) -> Ends:
    """
    Look at both ends as far as SFTP can see: for boxes that run no commands.

    :raises NoSuchPath: the source does not exist.
    """
    source, target = tree_of(request.source), tree_of(request.target)
    path = normal(request.source.path)
    follow = request.options.copy_links or request.source.path.endswith("/")
    top = source.look(path, follow=follow)
    _check_source(request, {"d": "directory", "l": "link"}.get(top.kind, "file") if top else "missing")
    is_directory = top is not None and top.kind == "d"
    goal = target.look(target.real(normal(request.target.path)) or normal(request.target.path))
    leads_there = goal is not None and goal.kind == "d"
    found = landing(request, source_is_directory=is_directory, target_is_directory=leads_there)
    box = request.target.box
    directory = directory_by_sftp(box, normal(found.holder)) if box else directory_here(found.holder)
    return Ends(found, _destination(request.target, directory, found), is_directory)


def _destination(end: End, directory: Directory, found: Landing) -> Destination:
    user = end.box.resolved.user if end.box else getpass.getuser()
    return Destination(directory, found.holder, end.name, user)


def _local_kind(path: str) -> str:
    plain = Path(path)
    if plain.is_symlink() and not path.endswith("/"):
        return "link"
    return "directory" if plain.is_dir() else "file" if plain.exists() else "missing"


def _check_source(request: Request, kind: str) -> None:
    """
    Warn of a link that would be copied as one.

    :raises NoSuchPath: there is nothing to copy.
    """
    end = request.source
    path = one_line(end.path.removeprefix("./"))
    if kind == "missing":
        parent = typed(posixpath.dirname(end.path))
        where = f" on `{end.name}`" if end.name else " on this machine"
        look_there = f"ssh {end.name} ls -la {shlex.quote(parent)}" if end.name else f"ls -la {parent}"
        raise NoSuchPath(f"there is no `{path}`{where}", box=end.name, hint=f"look around: {look_there}")
    if kind == "link" and end.box and not request.options.copy_links:
        say(f"warning: `{path}` is a symlink, only the link is copied; a trailing slash follows it")
