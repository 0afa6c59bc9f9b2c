"""Directories that a copy must not land on: it would give them the mode and owner of its source."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.credentials.kinds import SSH_DIRECTORY
from ssh_transport.errors import EndpointTooWeak, Guarded
from ssh_transport.facts.homes import HomeDirectories, homes_here, homes_there
from ssh_transport.sftp.session import session
from ssh_transport.text import one_line
from ssh_transport.trees.there import There

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.request.request import Request


def check(request: Request, landing: str, known: HomeDirectories | None = None) -> None:
    """
    Stop a copy that would make its target's root, a home, what a home is in, or an ssh directory a copy of its source.

    A file, or a directory that gets a name of its own in one of them, does none of that.

    :param landing: the directory that would get the source's mode and content.
    :param known: what the box has said of it already.
    :raises Guarded: before anything is changed.
    """
    end = request.target
    homes = known or (_homes_there(end.box, landing) if end.box else homes_here(landing))
    if kind := refused(homes):
        target = one_line(end.path.removeprefix("./") or "~")
        there = "--to=/workspace/NAME, or in the home: " if end.box else ""
        reason = "sshd lets nobody in whose home others may write" if end.box else "it holds keys and settings of yours"
        raise Guarded(
            f"`{target}` would become a copy of `{one_line(str(request.source))}`, and it is {kind}; nothing was done",
            box=end.name,
            cause=f"its mode and owner would be those of the copy, and {reason}",
            hint=f"name a directory of its own: {there}--to=~/NAME",
        )


def refused(homes: HomeDirectories) -> str:
    """Return what the landing place is in words, or nothing for a place that may be a copy."""
    landing = _plain(homes.landing, homes.home)
    home = _plain(homes.home, "/")
    others = {_plain(other, "/") for other in homes.homes} - {"/"}
    kinds = {
        "the root of the box": landing == "/",
        "the home directory of the login user": landing == home,
        "the login user's ssh directory": landing == _plain(homes.ssh, "/"),
        "a home directory": landing in others | {"/root"},
        "what home directories are in": landing == "/home" or home.startswith(f"{landing}/"),
    }
    return next((kind for kind, is_so in kinds.items() if is_so), "")


def _homes_there(box: Box, landing: str) -> HomeDirectories:
    try:
        return homes_there(box, landing)
    except EndpointTooWeak:
        return _homes_by_sftp(box, landing)


def _homes_by_sftp(box: Box, landing: str) -> HomeDirectories:
    there = There(box, session(box))
    home = there.real(".")
    return HomeDirectories(there.real(landing) or landing, home, there.real(SSH_DIRECTORY) or f"{home}/{SSH_DIRECTORY}")


def _plain(path: str, start: str) -> str:
    # POSIX leaves two leading slashes to the system; on Linux they are one.
    return "/" + posixpath.normpath(posixpath.join("/", start, path)).lstrip("/")
