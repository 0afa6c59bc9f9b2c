"""Checks that a path on a box is private to the login user and to this box."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Guarded, Incomplete
from ssh_transport.facts.directory import answers, directory_of, filesystem_of
from ssh_transport.facts.shared_disks import why_shared
from ssh_transport.text import one_line

from . import scripts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.directory import Filesystem
    from ssh_transport.platforms.profile import Profile

    from .destination import Destination

_WRITABLE_BY_OTHERS = 0o022
_STICKY = 0o1000
_ROOT = 0
_TOOLS = ("awk", "cat", "cut", "id", "readlink", "sha256sum or shasum", "stat")


@dataclass(frozen=True)
class SecretPath:
    """
    The state of a destination on a box.

    ``path`` and ``home`` are absolute, with all links resolved. ``owners`` are mode and owner of the directories above,
    the innermost existing one first, ``/`` last. ``file`` is mode, owner and type of the file, `None` if there is none.
    ``digest`` is the SHA-256 of our nonce and the present entry; ``lines`` counts a file's lines, up to 2. ``denied``
    maps resolved directories to their paths in the profile. ``others`` are the lines of a file where entries begin that
    keep ours from being read. ``is_link``: the path itself is a link, to a file.
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
    lines: int = 0
    others: tuple[str, ...] = ()
    is_link: bool = False

    @property
    def is_private(self) -> bool:
        """Whether the file exists and only the login user may read it."""
        return self.file is not None and self.file[:2] == (0o600, self.user)


def inspect(box: Box, destination: Destination, nonce: str) -> SecretPath:
    """
    Read the state of a destination with one command; nothing is changed, and no value leaves the box.

    :raises Guarded: the path is a dangling link, or its directory can't be created.
    :raises Incomplete: the answer of the box can't be parsed.
    """
    token = uuid4().hex
    profile, _ = box.platform
    denied = _denied(profile)
    script = relying_on(scripts.INSPECT, *_TOOLS)
    text = shell.run(box, script, *destination.arguments, token, nonce, *denied, check=False).stdout
    output = answers(text, token)
    if dangling := output.get("dangling"):
        cause = f"it is a link to {one_line(dangling)}, which does not exist"
        raise Guarded(f"`{destination.path}` is a dangling link", box=box.name, cause=cause, hint="remove it first")
    parent, name = posixpath.split(destination.relative)
    directory = directory_of(posixpath.dirname(output.get("real", "")) or parent or "/", output)
    if not directory.is_directory:
        cause = f"`{one_line(directory.ancestor)}` is no directory"
        raise Guarded(f"`{destination.path}` can't be made", box=box.name, cause=cause, hint="name another --to")
    mounts = output.get("mounts", "").splitlines()
    file = output.get("file", "").split(" ", 2)
    try:
        return SecretPath(
            path=output.get("real") or posixpath.join(directory.path, name),
            home=output["home"],
            user=int(output["user"]),
            owners=tuple((int(mode, 8), int(owner)) for mode, owner in map(str.split, output["owners"].splitlines())),
            filesystem=directory.filesystem,
            home_filesystem=filesystem_of(output["home"], mounts),
            denied={output.get(f"denied{number}") or path: path for number, path in enumerate(denied, 1)},
            file=(int(file[0], 8), int(file[1]), file[2]) if len(file) == 3 else None,  # noqa: PLR2004 - of `stat`
            digest=output["digest"],
            lines=int(output["lines"]) if "lines" in output else 0,
            others=tuple(output.get("others", "").split()),
            is_link="link" in output,
        )
    except (ValueError, KeyError) as exc:
        hint = "it needs stat, readlink and sha256sum, as coreutils or busybox have them"
        what = f"`{box.name}` did not report whether the path of the secret is private"
        raise Incomplete(what, box=box.name, cause=str(exc), hint=hint) from exc


def require_private(
    box: Box, destination: Destination, secret_path: SecretPath, *, allow_shared_home: bool = False
) -> None:
    """
    Check that others can't see a destination, and that it does not outlive the box.

    :param allow_shared_home: allow a home on a filesystem that other machines see.
    :raises Guarded: with the reason and a better path.
    """
    profile, _ = box.platform
    if secret_path.file is not None and not secret_path.file[2].startswith("regular"):
        raise Guarded(
            f"`{destination.path}` is a {one_line(secret_path.file[2])}, no file",
            box=box.name,
            hint="name another --to",
        )
    if reason := _why_shared(profile, secret_path, secret_path.path, secret_path.filesystem):
        home_is = _why_shared(profile, secret_path, secret_path.home, secret_path.home_filesystem)
        same = (
            secret_path.filesystem == secret_path.home_filesystem
            and _is_in(secret_path.path, secret_path.home)
            and reason == home_is
        )
        if not (same and allow_shared_home):
            hint = "--allow-shared-home if nobody else has this home" if same else _better(destination)
            what = f"`{one_line(secret_path.path)}` is no place for a secret; nothing was sent"
            raise Guarded(what, box=box.name, cause=reason, hint=hint)
    if reason := _why_replaceable(secret_path):
        what = f"`{one_line(secret_path.path)}` is not safe from others; nothing was sent"
        raise Guarded(what, box=box.name, cause=reason, hint=_better(destination))


def _why_shared(profile: Profile, secret_path: SecretPath, path: str, filesystem: Filesystem | None) -> str:
    if reason := why_shared(profile, path, filesystem):
        return reason
    # A directory of the profile may be a link on this box.
    for resolved, declared in secret_path.denied.items():
        if _is_in(path, resolved):
            return why_shared(profile, declared, None)
    return ""


def _why_replaceable(secret_path: SecretPath) -> str:
    """Return which directory above lets others replace the file (as in sshd's ``StrictModes``), or an empty string."""
    directory = posixpath.dirname(secret_path.path)
    names = directory.split("/") if directory != "/" else [""]
    depth = len(secret_path.owners)
    for number, (mode, owner) in enumerate(secret_path.owners):
        where = one_line("/".join(names[: depth - number]) or "/")
        if owner not in {_ROOT, secret_path.user}:
            return f"`{where}` belongs to another user (uid {owner})"
        # In a sticky directory others can't rename a subdirectory that exists, but can create the one that we need.
        if mode & _WRITABLE_BY_OTHERS and not (mode & _STICKY and number):
            return f"`{where}` may be written by others (mode {mode:04o})"
    return ""


def _denied(profile: Profile) -> list[str]:
    mounts = (path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases))
    return list(dict.fromkeys((*profile.secrets.deny, *mounts)))


def _better(destination: Destination) -> str:
    return f"use a path in the home: --to='~/.{destination.name}_key'"


def _is_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
