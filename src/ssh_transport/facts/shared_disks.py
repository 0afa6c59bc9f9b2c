"""Disks of a box that others see, or that outlive it: by what its profile says, and by the type of the filesystem."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

from .place import normal

if TYPE_CHECKING:
    from ssh_transport.profile import Profile

    from .place import Filesystem

# Types as /proc/mounts calls them, in fnmatch(3)'s words: the data is on another machine.
SHARED_KINDS = (
    "nfs*",
    "cifs",
    "smb*",
    "fuse",
    "fuse.*",
    "virtiofs",
    "9p",
    "lustre",
    "ceph",
    "glusterfs",
    "beegfs*",
    "gpfs",
    "wekafs",
    "pvfs2",
    "orangefs",
    "afs",
    "ocfs2",
    "gfs2",
)
# `fuseblk` fits none of the patterns: a local disk of a foreign format.
_LOCAL_KINDS = frozenset({"fuse.fuse-overlayfs", "fuse.lxcfs", "fuse.mergerfs", "fuse.gocryptfs", "fuse.portal"})
# What some sandboxes (Kata, gVisor) hand in their container's own root by.
_ROOT_KINDS = frozenset({"virtiofs", "9p", "fuse"})


def why_shared(profile: Profile, path: str, filesystem: Filesystem | None) -> str:
    """
    Return why others may read what stands at a path, or why it outlives the box, in words; nothing if it is private.

    :param path: absolute, its links resolved: a private name that leads to a shared disk is none.
    :param filesystem: what holds it, as `place.filesystem_of` tells; `None` where nothing is known.
    """
    path = normal(path)
    for mount in profile.shared_mounts:
        for prefix in (mount.path, *mount.aliases):
            if _is_within(path, prefix):
                return f"`{prefix}` is seen by {mount.seen_by}"
    for prefix in profile.secrets.deny:
        if _is_within(path, prefix):
            return f"`{prefix}` is no place for a secret on {profile.display_name}"
    if filesystem and is_shared_kind(filesystem):
        return f"`{one_line(filesystem.mount)}` is a network filesystem ({one_line(filesystem.kind)})"
    return ""


def is_shared_kind(filesystem: Filesystem) -> bool:
    """Whether a filesystem is of a type whose data others can reach."""
    if filesystem.kind in _LOCAL_KINDS or (filesystem.mount == "/" and filesystem.kind in _ROOT_KINDS):
        return False
    return any(fnmatch.fnmatchcase(filesystem.kind, pattern) for pattern in SHARED_KINDS)


def _is_within(path: str, prefix: str) -> bool:
    prefix = normal(prefix)
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")
