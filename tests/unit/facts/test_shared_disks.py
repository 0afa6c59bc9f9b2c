"""A disk that others see is known by the profile's words, and by its type where the profile says nothing."""

from __future__ import annotations

import pytest

from ssh_transport.facts.directory import Filesystem
from ssh_transport.facts.shared_disks import is_shared_kind, why_shared
from ssh_transport.platforms.profiles import named

NFS = Filesystem("nfs4", "/mnt/team", read_only=False)
DISK = Filesystem("overlay", "/", read_only=False)


@pytest.mark.parametrize(
    ("slug", "path", "word"),
    [
        ("autodl", "/root/autodl-fs", "every instance of the account"),
        ("autodl", "/root//autodl-fs/keys/a", "every instance of the account"),
        ("autodl", "/autodl-fs/data/x", "every instance of the account"),
        ("autodl", "/autodl-fs", "no place for a secret"),
        ("autodl", "/root/autodl-tmp/.netrc", "no place for a secret"),
        ("autodl", "/root/autodl-fsx", ""),
        ("autodl", "/root/.netrc", ""),
        ("autodl", "/", ""),
        ("generic", "/root/autodl-fs", ""),
        ("runpod", "/runpod-volume/x", "network volume"),
    ],
)
def test_a_profile_says_which_paths_others_see(slug: str, path: str, word: str) -> None:
    """Mounts come with who sees them, their aliases too; a similar name is another directory."""
    why = why_shared(named(slug), path, DISK)

    assert bool(word) == bool(why)
    assert word in why


def test_a_network_filesystem_is_shared_whatever_the_profile_says() -> None:
    """It is named with its type; without a known filesystem nothing is claimed."""
    generic = named("generic")

    assert why_shared(generic, "/mnt/team/.env", NFS) == "`/mnt/team` is a network filesystem (nfs4)"
    assert why_shared(generic, "/mnt/team/.env", None) == ""


def test_what_the_box_calls_its_mount_is_shown_as_text() -> None:
    """A mount's name is the box's to choose."""
    hostile = Filesystem("nfs", "/mnt/\x1b[2J\nx", read_only=False)

    assert why_shared(named("generic"), "/x", hostile) == "`/mnt/\\x1b[2J\\nx` is a network filesystem (nfs)"


@pytest.mark.parametrize(
    ("kind", "mount", "shared"),
    [
        *((kind, "/data", True) for kind in ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.juicefs", "virtiofs")),
        *((kind, "/data", True) for kind in ("lustre", "ceph", "9p", "fuse.glusterfs", "beegfs", "gpfs", "fuse")),
        *((kind, "/data", False) for kind in ("ext4", "xfs", "overlay", "tmpfs", "fuseblk", "fuse.fuse-overlayfs")),
        ("virtiofs", "/", False),
        ("9p", "/", False),
        ("nfs", "/", True),
    ],
)
def test_types_tell_a_network_filesystem(kind: str, mount: str, *, shared: bool) -> None:
    """A sandbox's own root is private, even where the machine hands it in by one of these."""
    assert is_shared_kind(Filesystem(kind, mount, read_only=False)) is shared
