"""Whether a place on a box may hold a secret: it is private to one person, and to this one box."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import shell
from ssh_transport.errors import Guarded, Incomplete
from ssh_transport.facts.place import answers, filesystem_of, place_of
from ssh_transport.facts.shared_disks import why_shared
from ssh_transport.text import one_line

from . import scripts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.place import Filesystem
    from ssh_transport.profile import Profile

    from .destination import Destination

_WRITABLE_BY_OTHERS = 0o022
_STICKY = 0o1000
_ROOT = 0


@dataclass(frozen=True)
class Spot:
    """
    What a box says of a destination.

    ``path`` is absolute, every link resolved; ``home`` too. ``owners`` are mode and owner of the directories above it,
    the innermost that exists first, ``/`` last. ``file`` is mode, owner and kind of what stands there. ``digest`` is
    that of our entry under the nonce that was sent. ``denied`` leads from a resolved directory to how a profile calls
    it.
    """

    path: str
    home: str
    user: int
    owners: tuple[tuple[int, int], ...]
    filesystem: Filesystem | None
    home_filesystem: Filesystem | None
    denied: Mapping[str, str]
    file: tuple[int, int, str] | None = None
    digest: str = ""

    @property
    def is_private(self) -> bool:
        """Whether the file is there for its owner alone."""
        return self.file is not None and self.file[:2] == (0o600, self.user)


def look(box: Box, destination: Destination, nonce: str) -> Spot:
    """
    Ask the box about a destination in one command; nothing is changed and no value comes back.

    :raises Guarded: a link there leads to nothing.
    :raises Incomplete: the box's answer is no answer.
    """
    token = uuid4().hex
    profile, _ = box.platform
    denied = _denied(profile)
    text = shell.run(box, scripts.LOOK, *destination.words, token, nonce, *denied, check=False).stdout
    said = answers(text, token)
    if dangling := said.get("dangling"):
        cause = f"it is a link to {one_line(dangling)}"
        raise Guarded(f"`{destination.path}` leads to nothing", box=box.name, cause=cause, hint="remove the link first")
    directory, name = posixpath.split(destination.relative)
    place = place_of(posixpath.dirname(said.get("real", "")) or directory or "/", said)
    if not place.is_directory:
        cause = f"`{one_line(place.ancestor)}` is no directory"
        raise Guarded(f"`{destination.path}` can't be made", box=box.name, cause=cause, hint="name another --to")
    mounts = said.get("mounts", "").splitlines()
    file = said.get("file", "").split(" ", 2)
    try:
        return Spot(
            path=said.get("real") or posixpath.join(place.path, name),
            home=said["home"],
            user=int(said["user"]),
            owners=tuple((int(mode, 8), int(owner)) for mode, owner in map(str.split, said["owners"].splitlines())),
            filesystem=place.filesystem,
            home_filesystem=filesystem_of(said["home"], mounts),
            denied={said.get(f"denied{number}") or path: path for number, path in enumerate(denied, 1)},
            file=(int(file[0], 8), int(file[1]), file[2]) if len(file) == 3 else None,  # noqa: PLR2004 - of `stat`
            digest=said["digest"],
        )
    except (ValueError, KeyError) as exc:
        hint = "it needs stat, readlink and sha256sum, as coreutils or busybox have them"
        what = f"`{box.name}` does not tell what a secret's place is like"
        raise Incomplete(what, box=box.name, cause=str(exc), hint=hint) from exc


def refuse(box: Box, destination: Destination, spot: Spot, *, allow_shared_home: bool = False) -> None:
    """
    Stop before a secret is sent to a place that others may see, or that outlives the box.

    :param allow_shared_home: let the home's own filesystem be one that other machines see.
    :raises Guarded: with the reason and a better place.
    """
    profile, _ = box.platform
    if spot.file is not None and not spot.file[2].startswith("regular"):
        raise Guarded(
            f"`{destination.path}` is a {one_line(spot.file[2])}, no file", box=box.name, hint="name another --to"
        )
    if reason := _why_shared(profile, spot, spot.path, spot.filesystem):
        home_is = _why_shared(profile, spot, spot.home, spot.home_filesystem)
        same = spot.filesystem == spot.home_filesystem and _is_in(spot.path, spot.home) and reason == home_is
        if not (same and allow_shared_home):
            hint = "--allow-shared-home if nobody else has this home" if same else _better(destination)
            what = f"`{one_line(spot.path)}` is no place for a secret; nothing was sent"
            raise Guarded(what, box=box.name, cause=reason, hint=hint)
    if reason := _why_open(spot):
        what = f"`{one_line(spot.path)}` is not safe from others; nothing was sent"
        raise Guarded(what, box=box.name, cause=reason, hint=_better(destination))


def _why_shared(profile: Profile, spot: Spot, path: str, filesystem: Filesystem | None) -> str:
    if reason := why_shared(profile, path, filesystem):
        return reason
    # A profile's directory may be a link on this box.
    for resolved, declared in spot.denied.items():
        if _is_in(path, resolved):
            return why_shared(profile, declared, None)
    return ""


def _why_open(spot: Spot) -> str:
    """Return which directory above lets others replace the file, as sshd's ``StrictModes`` would find it."""
    place = posixpath.dirname(spot.path)
    known = place.split("/") if place != "/" else [""]
    depth = len(spot.owners)
    for number, (mode, owner) in enumerate(spot.owners):
        where = one_line("/".join(known[: depth - number]) or "/")
        if owner not in {_ROOT, spot.user}:
            return f"`{where}` belongs to another user (uid {owner})"
        # Under a sticky directory, what exists is its owner's alone; in it, others can make what we are about to.
        if mode & _WRITABLE_BY_OTHERS and not (mode & _STICKY and number):
            return f"`{where}` may be written by others (mode {mode:04o})"
    return ""


def _denied(profile: Profile) -> list[str]:
    mounts = (path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases))
    return list(dict.fromkeys((*profile.secrets.deny, *mounts)))


def _better(destination: Destination) -> str:
    return f"a private place is in the home: --to='~/.{destination.name}_key'"


def _is_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
