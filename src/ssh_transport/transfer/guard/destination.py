"""Directories on a box that a push must not land on: it would give them its own mode and owner, and end all logins."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import shell
from ssh_transport.errors import EndpointTooWeak, Guarded
from ssh_transport.text import one_line
from ssh_transport.transfer.sftp.there import There

if TYPE_CHECKING:
    from ssh_transport.box import Box

_TIMEOUT_S = 45

# A path that is not there yet, such as `new/..`, is compared as it reads. Names end in NUL: they may hold newlines.
_LOOK = r"""
real() { ( { cd -P -- "$1" || cd -P -- "$2"; } 2>/dev/null && pwd -P || printf '%s' "$2" ) | tr -d '\n'; printf '\0'; }
cd -- "${HOME:-/}" || exit
real "$1" "$2"
real . "$HOME"
real .ssh "$HOME/.ssh"
while IFS=: read -r _ _ _ _ _ home shell; do
    case $shell in */nologin|*/false|*/sync|'') ;; *) real "$home" "$home" ;; esac
done </etc/passwd 2>/dev/null
:
"""


@dataclass(frozen=True)
class Places:
    """Where a push would land, the login user's home and ssh directory, and the homes of whoever else may log in."""

    landing: str
    home: str
    ssh: str
    homes: tuple[str, ...] = ()


def check(box: Box, here: str, there: str) -> None:
    """
    Stop a push that would land on `/`, on a home, on what a home is in, or on the login user's ``.ssh`` themselves.

    A file, or a directory that comes to lie in one of them under a name of its own, is none of that.

    :raises Guarded: before anything is changed on the box.
    """
    if landing := lands_on(here, there):
        check_landing(box, here, there, landing)


def check_landing(box: Box, source: str, there: str, landing: str) -> None:
    """
    As `check`, for a directory whose landing place is known.

    :param source: what would be copied, as the person named it.
    :raises Guarded: before anything is changed on the box.
    """
    if kind := refused(_places(box, landing)):
        target = one_line(there.removeprefix("./") or "~")
        raise Guarded(
            f"`{target}` would become a copy of `{one_line(source)}`, and it is {kind}; nothing was sent",
            box=box.name,
            cause="its mode and owner would be those of the copy, and sshd lets nobody in whose home others may write",
            hint="name a directory of its own: --to=/workspace/NAME, or in the home: --to=~/NAME",
        )


def lands_on(here: str, there: str) -> str:
    """Return the directory that a push would give mode and owner of its source, or nothing for a file or link."""
    if here.endswith("/"):
        return there
    source = Path(here)
    return posixpath.join(there, source.name) if source.is_dir() and not source.is_symlink() else ""


def refused(places: Places) -> str:
    """Return what the landing place is in words, or nothing for a place that may be a copy."""
    landing = _plain(places.landing, places.home)
    home = _plain(places.home, "/")
    homes = {_plain(other, "/") for other in places.homes} - {"/"}
    kinds = {
        "the root of the box": landing == "/",
        "the home directory of the login user": landing == home,
        "the login user's ssh directory": landing == _plain(places.ssh, "/"),
        "a home directory": landing in homes | {"/root"},
        "what home directories are in": landing == "/home" or home.startswith(f"{landing}/"),
    }
    return next((kind for kind, is_so in kinds.items() if is_so), "")


def _places(box: Box, landing: str) -> Places:
    try:
        said = shell.run(box, _LOOK, landing, posixpath.normpath(landing)).stdout.split("\0")
    except EndpointTooWeak:
        return _places_by_sftp(box, landing)
    at, home, ssh, *homes = [*said, "", "", ""]
    return Places(at, home, ssh, tuple(homes))


def _places_by_sftp(box: Box, landing: str) -> Places:
    there = There(box, box.sftp)
    home = there.real(".")
    return Places(there.real(landing) or landing, home, there.real(".ssh") or f"{home}/.ssh")


def _plain(path: str, start: str) -> str:
    # POSIX leaves two leading slashes to the system; on Linux they are one.
    return "/" + posixpath.normpath(posixpath.join("/", start, path)).lstrip("/")
