"""Whether a path is on a disk that others see or that outlives the box: by its profile and its filesystem type."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

from .directory import normal

if TYPE_CHECKING:
    from ssh_transport.platforms.profile import Profile

    from .directory import Filesystem

# Patterns for filesystem types in /proc/mounts whose data is on another machine.
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
# `fuseblk`, a local disk of a foreign format, matches none of the patterns.
_LOCAL_KINDS = frozenset({"fuse.fuse-overlayfs", "fuse.lxcfs", "fuse.mergerfs", "fuse.gocryptfs", "fuse.portal"})
# Some sandboxes (Kata, gVisor) mount the root of a container by these.
_ROOT_KINDS = frozenset({"virtiofs", "9p", "fuse"})


def why_shared(profile: Profile, path: str, filesystem: Filesystem | None) -> str:
    """
    Return why others may read a path, or why it outlives the box, as text; empty if it is private.

    :param path: absolute, with links resolved, as a private link may lead to a shared disk.
    :param filesystem: the one that `path` is on, as `directory.filesystem_of` returns it; `None` if unknown.
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
    """Whether the data of a filesystem of this type is on another machine."""
    if filesystem.kind in _LOCAL_KINDS or (filesystem.mount == "/" and filesystem.kind in _ROOT_KINDS):
        return False
    return any(fnmatch.fnmatchcase(filesystem.kind, pattern) for pattern in SHARED_KINDS)


def _is_within(path: str, prefix: str) -> bool:
    prefix = normal(prefix)
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")
