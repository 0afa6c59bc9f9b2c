"""What forbids a copy before anything moves: checks of a plan against the place where it would land."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSpace, PermissionRefused, ReadOnly, UsageError
from ssh_transport.facts.place import normal
from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ssh_transport.facts.place import Place

    from .engine import Plan

# Filesystems that the kernel itself shows: what is written there is a command, not a file.
_KERNELS = frozenset({
    *("autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs"),
    *("efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs"),
    *("selinuxfs", "sysfs", "tracefs"),
})  # fmt: skip
_WITHOUT_LINKS = frozenset({"exfat", "msdos", "vfat"})
_UP_TO_4_GIB = frozenset({"msdos", "vfat"})
# File times in steps of two seconds.
COARSE_TIMES = _WITHOUT_LINKS
_MEMORY = frozenset({"ramfs", "tmpfs"})
_FAT_LIMIT_BYTES = (1 << 32) - 1


@dataclass(frozen=True)
class Target:
    """
    The end that is written.

    :param place: the directory that will hold what is copied, and what surrounds it.
    :param holder: the same directory as the request names it.
    :param box: the box's name; empty for this machine.
    :param user: who writes.
    """

    place: Place
    holder: str
    box: str
    user: str

    @property
    def here(self) -> str:
        """What an error adds to a path: nothing for a box, whose name every error shows."""
        return "" if self.box else " on this machine"

    def look(self, command: str) -> str:
        """Return what a person types to look at the place."""
        line = one_line(f"{command} {shlex.quote(self.place.ancestor)}")
        return shlex.join(["ssh", self.box, line]) if self.box else line


def check_place(target: Target) -> None:
    """
    Refuse a place that can hold no copy at all.

    :raises UsageError: something that is no directory stands where one must be, or the kernel owns the place.
    """
    place = target.place
    if not place.is_directory:
        raise UsageError(
            f"`{one_line(place.ancestor)}` is no directory and stands where one must be{target.here}",
            box=target.box,
            hint="name another target with --to",
        )
    if place.filesystem and place.filesystem.kind in _KERNELS:
        raise UsageError(
            f"`{one_line(place.path)}`{target.here} is no place for files",
            box=target.box,
            cause=f"{place.filesystem.kind} is mounted on {one_line(place.filesystem.mount)}",
            hint="name another target with --to",
        )


def check_plan(plan: Plan, target: Target, sizes: Callable[[Sequence[str]], Mapping[str, int]]) -> None:
    """
    Refuse a plan that its place can't hold.

    :param sizes: returns the bytes of files by their name below the plan's root; called only when room looks scarce.
    :raises ReadOnly: the filesystem is mounted read-only.
    :raises PermissionRefused: nothing can be made there.
    :raises UsageError: the filesystem can't hold such files.
    :raises NoSpace: bytes or inodes are too few.
    """
    if not plan.changes:
        return
    _check_writable(plan, target)
    _check_kind(plan, target)
    _check_inodes(plan, target)
    _check_bytes(plan, target, sizes)


def warnings(plan: Plan, target: Target | None) -> Iterable[str]:
    """Yield what a person should know of a plan that is not refused."""
    if plan.outside_links:
        first = ", ".join(one_line(link) for link in plan.outside_links[:3])
        more = ", ..." if len(plan.outside_links) > 3 else ""  # noqa: PLR2004 - as many as are named
        lead = "leads" if len(plan.outside_links) == 1 else "lead"
        yield (
            f"{count(len(plan.outside_links), 'symlink')} {lead} out of what is copied, and will dangle or show "
            f"something else ({first}{more}): --copy-links copies what they point to"
        )
    if target is None:
        return
    filesystem = target.place.filesystem
    if filesystem and filesystem.kind in _MEMORY:
        yield f"{one_line(filesystem.mount)}{target.here} is memory ({filesystem.kind}): a reboot empties it"
    if (plan.deletions or not plan.writes) and _is_scarce(plan.bytes, target.place.free_bytes):
        yield f"{size(plan.bytes)} are to go where {size(target.place.free_bytes or 0)} are free"


def needed_bytes(plan: Plan, there: Mapping[str, int]) -> int:
    """
    Return the most that the copy adds to what is stored at any moment, at the least.

    A file that is replaced stands beside its successor until that is whole; a partial file is there already.

    :param there: the sizes of older versions and of partial files, by name.
    """
    stored = most = 0
    for write in plan.writes:
        old = there.get(write.name, 0)
        begun = max(there.get(write.partial, 0), old if plan.in_place else 0)
        stored += max(0, write.bytes - begun)
        most = max(most, stored)
        stored -= 0 if plan.in_place else old
    return most


def _check_writable(plan: Plan, target: Target) -> None:
    place, filesystem = target.place, target.place.filesystem
    if filesystem and filesystem.read_only:
        raise ReadOnly(
            f"`{one_line(place.path)}`{target.here} can't be written",
            box=target.box,
            cause=f"Read-only file system: {filesystem.kind} on {one_line(filesystem.mount)}",
            hint="name another target with --to",
        )
    if not place.is_writable and (not place.exists or _makes_directly(plan, target)):
        raise PermissionRefused(
            f"`{target.user}` may make nothing in `{one_line(place.ancestor)}`{target.here}",
            box=target.box,
            hint=f"look, or name another target with --to: {target.look('ls -lad')}",
        )


def _makes_directly(plan: Plan, target: Target) -> bool:
    """Whether something is made right in the holder, not only in directories of it, which may be writable."""
    return any(
        normal(posixpath.join(plan.root, posixpath.dirname(write.name.rstrip("/")))) == normal(target.holder)
        for write in plan.writes
        if write.name != "./" and (write.is_new or not (plan.in_place or write.name.endswith("/")))
    )


def _check_kind(plan: Plan, target: Target) -> None:
    kind = target.place.filesystem.kind if target.place.filesystem else ""
    where = f"`{one_line(target.place.path)}`{target.here} ({kind})"
    if kind in _WITHOUT_LINKS and plan.links:
        hint = "--copy-links copies what they point to"
        raise UsageError(f"{where} can't hold the {count(plan.links, 'symlink')}", box=target.box, hint=hint)
    if kind in _UP_TO_4_GIB and (large := next((w for w in plan.writes if w.bytes > _FAT_LIMIT_BYTES), None)):
        raise UsageError(
            f"{where} can't hold a file of {size(large.bytes)}: `{one_line(large.name)}`",
            box=target.box,
            hint="name another target with --to, or --exclude it",
        )


def _check_inodes(plan: Plan, target: Target) -> None:
    new, free = sum(write.is_new for write in plan.writes), target.place.free_inodes
    if free is not None and new > free and not plan.deletions:
        raise NoSpace(
            f"`{one_line(target.place.path)}`{target.here} has too few inodes left",
            box=target.box,
            cause=f"{new:,} files and directories would be made, {free:,} inodes are free",
            hint=f"{target.look('df -i')}; or name another target with --to, or --exclude what is not needed",
        )


def _check_bytes(plan: Plan, target: Target, sizes: Callable[[Sequence[str]], Mapping[str, int]]) -> None:
    free = target.place.free_bytes
    # What deletions set free, and what an engine that names no files has there already, is not known.
    if free is None or not _is_scarce(plan.bytes, free) or plan.deletions or not plan.writes:
        return
    files = [write for write in plan.writes if write.bytes]
    need = needed_bytes(
        plan,
        sizes(
            [name for write in files for name in (write.partial, "" if write.is_new else write.name) if name],
        ),
    )
    if need > free:
        raise NoSpace(
            f"`{one_line(target.place.path)}`{target.here} has too little space left",
            box=target.box,
            cause=f"{size(need)} are needed, {size(free)} are free",
            hint=f"{target.look('df -h')}; or name another target with --to, or --exclude what is not needed",
        )


def _is_scarce(needed: int, free: int | None) -> bool:
    return free is not None and needed > free
