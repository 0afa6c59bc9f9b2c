"""What forbids a copy before anything moves: checks of a plan against the place where it would land."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSpace, PermissionRefused, ReadOnly, UsageError
from ssh_transport.facts.directory import normal
from ssh_transport.text import are, count, one_line, size
from ssh_transport.trees import led_astray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ssh_transport.facts.directory import Directory

    from .engine import Plan

# Filesystems that the kernel itself shows: what is written there is a command, not a file.
_KERNELS = frozenset({
    *("autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs"),
    *("efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs"),
    *("selinuxfs", "sysfs", "tracefs"),
})  # fmt: skip
_WITHOUT_LINKS = frozenset({"exfat", "msdos", "vfat"})
_UP_TO_4_GIB = frozenset({"msdos", "vfat"})
_MEMORY = frozenset({"ramfs", "tmpfs"})
_FAT_LIMIT_BYTES = (1 << 32) - 1


@dataclass(frozen=True)
class Destination:
    """
    The end that is written.

    :param directory: the directory that will hold what is copied, and what surrounds it.
    :param holder: the same directory as the request names it.
    :param box: the box's name; empty for this machine.
    :param user: who writes.
    """

    directory: Directory
    holder: str
    box: str
    user: str

    @property
    def here(self) -> str:
        """What an error adds to a path: nothing for a box, whose name every error shows."""
        return "" if self.box else " on this machine"

    def look(self, command: str) -> str:
        """Return what a person types to look at the place."""
        line = one_line(f"{command} {shlex.quote(self.directory.ancestor)}")
        return shlex.join(["ssh", self.box, line]) if self.box else line


def check_directory(target: Destination, *, top: str) -> None:
    """
    Refuse a place that can hold no copy at all.

    :param top: `Landing.top`.
    :raises Guarded: a link has that name: it would lead the copy astray, or give way to a directory on another disk.
    :raises UsageError: something that is no directory stands where one must be, or the kernel owns the place.
    """
    directory = target.directory
    if top and directory.is_link:
        raise led_astray(target.box, target.holder)
    if not directory.is_directory:
        raise UsageError(
            f"`{one_line(directory.ancestor)}` is no directory and stands where one must be{target.here}",
            box=target.box,
            hint="name another target with --to",
        )
    if directory.filesystem and directory.filesystem.kind in _KERNELS:
        raise UsageError(
            f"`{one_line(directory.path)}`{target.here} is no place for files",
            box=target.box,
            cause=f"{directory.filesystem.kind} is mounted on {one_line(directory.filesystem.mount)}",
            hint="name another target with --to",
        )


def check_plan(plan: Plan, target: Destination, sizes: Callable[[Sequence[str]], Mapping[str, int]]) -> None:
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


def warnings(plan: Plan, target: Destination) -> Iterable[str]:
    """Yield what a person should know of a plan that is not refused."""
    if plan.outside_links:
        first = ", ".join(one_line(link) for link in plan.outside_links[:3])
        more = ", ..." if len(plan.outside_links) > 3 else ""  # noqa: PLR2004 - as many as are named
        lead = "leads" if len(plan.outside_links) == 1 else "lead"
        yield (
            f"{count(len(plan.outside_links), 'symlink')} {lead} out of what is copied, and will dangle or show "
            f"something else ({first}{more}): --copy-links copies what they point to"
        )
    yield from plan.losses
    filesystem = target.directory.filesystem
    if filesystem and filesystem.kind in _MEMORY:
        yield f"{one_line(filesystem.mount)}{target.here} is memory ({filesystem.kind}): a reboot empties it"


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


def _check_writable(plan: Plan, target: Destination) -> None:
    directory, filesystem = target.directory, target.directory.filesystem
    if filesystem and filesystem.read_only:
        raise ReadOnly(
            f"`{one_line(directory.path)}`{target.here} can't be written",
            box=target.box,
            cause=f"Read-only file system: {filesystem.kind} on {one_line(filesystem.mount)}",
            hint="name another target with --to",
        )
    if not directory.is_writable and (not directory.exists or _makes_directly(plan, target)):
        raise PermissionRefused(
            f"`{target.user}` may make nothing in `{one_line(directory.ancestor)}`{target.here}",
            box=target.box,
            hint=f"look, or name another target with --to: {target.look('ls -lad')}",
        )


def _makes_directly(plan: Plan, target: Destination) -> bool:
    """Whether something is made right in the holder, not only in directories of it, which may be writable."""
    return any(
        normal(posixpath.join(plan.root, posixpath.dirname(write.name.rstrip("/")))) == normal(target.holder)
        for write in plan.writes
        if write.name != "./" and (write.is_new or not (plan.in_place or write.name.endswith("/")))
    )


def _check_kind(plan: Plan, target: Destination) -> None:
    kind = target.directory.filesystem.kind if target.directory.filesystem else ""
    where = f"`{one_line(target.directory.path)}`{target.here} ({kind})"
    if kind in _WITHOUT_LINKS and plan.links:
        hint = "--copy-links copies what they point to"
        raise UsageError(f"{where} can't hold the {count(plan.links, 'symlink')}", box=target.box, hint=hint)
    if kind in _UP_TO_4_GIB and (large := next((w for w in plan.writes if w.bytes > _FAT_LIMIT_BYTES), None)):
        raise UsageError(
            f"{where} can't hold a file of {size(large.bytes)}: `{one_line(large.name)}`",
            box=target.box,
            hint="name another target with --to, or --exclude it",
        )


def _check_inodes(plan: Plan, target: Destination) -> None:
    new, free = sum(write.is_new for write in plan.writes), target.directory.free_inodes
    if free is not None and new > free:
        raise NoSpace(
            f"`{one_line(target.directory.path)}`{target.here} has too few inodes left",
            box=target.box,
            cause=f"{count(new, 'name')} would be made, {count(free, 'inode')} {are(free)} free",
            hint=f"{target.look('df -i')}; or name another target with --to, or --exclude what is not needed",
        )


def _check_bytes(plan: Plan, target: Destination, sizes: Callable[[Sequence[str]], Mapping[str, int]]) -> None:
    free = target.directory.free_bytes
    # What deletions set free comes too late: they are the last thing that is done.
    if free is None or not _is_scarce(plan.bytes, free):
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
            f"`{one_line(target.directory.path)}`{target.here} has too little space left",
            box=target.box,
            cause=f"{size(need)} are needed, {size(free)} are free",
            hint=f"{target.look('df -h')}; or name another target with --to, or --exclude what is not needed",
        )


def _is_scarce(needed: int, free: int | None) -> bool:
    return free is not None and needed > free
