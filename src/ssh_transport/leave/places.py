"""Which directories of a box are searched for what would be lost, and which are not, in words."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.facts.directory import Filesystem, filesystem_of
from ssh_transport.facts.shared_disks import is_shared_kind
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.box import Box

# The root of the box, and its list of mounts.
_TOP, _MOUNTS = "", "/proc/mounts"

# $1 token, $2 the root without a slash at its end, $3 the list of mounts.
_ASK = r"""
token=$1 top=$2
cut -d ' ' -f 2-4 "$3" 2>/dev/null | sed "s|^|$token mount |"
tell() {
    for path; do
        [ -d "$path" ] || continue
        may=no
        [ ! -r "$path" ] || [ ! -x "$path" ] || may=yes
        printf '%s directory %s %s\n' "$token" "$may" "$(printf %s "$path" | tr '\n' '?')"
    done
}
tell "$top"/* "$top"/mnt/* "$top"/media/* "$top"/home/*
cut -d ' ' -f 2 "$3" 2>/dev/null | while IFS= read -r path; do
    tell "$(printf %b "$(printf %s "$path" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")"
done
printf '%s end\n' "$token"
"""

# Top-level directories of a Linux or Mac that hold no work of a person's, where nobody put it there.
_SYSTEM = frozenset(
    {
        *("bin", "boot", "cdrom", "dev", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "opt", "proc", "run"),
        *("sbin", "snap", "sys", "tmp", "usr", "var", "Applications", "Library", "System", "cores", "private"),
        *("cuda-samples", "nix", "venv"),
    }
)
# Mounts below these belong to the system or to containers, whatever their kind.
_NO_DISKS = re.compile(r"/(dev|proc|sys|run|boot|snap|tmp|var/tmp|var/lib/[^/]+|private|System)(/|$)")
_PSEUDO = frozenset({"autofs", "bpf", "cgroup", "cgroup2", "devpts", "devtmpfs", "mqueue", "nsfs", "proc", "sysfs"})


@dataclass(frozen=True)
class Places:
    """
    The directories to search, and those to leave out as they outlive the box; relative ones are in the home.

    ``unseen`` says what is not searched, and why.
    """

    roots: tuple[str, ...]
    skipped: tuple[str, ...]
    unseen: tuple[str, ...]


def places_of(box: Box) -> Places:
    """
    Return where to look: all that may hold work, or home and disk of a profile which says that there is no more.

    :raises Incomplete: the box did not say which directories it has.
    """
    profile, _ = box.platform
    mounts = [path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases)]
    durable = [path for path in (profile.directories.durable, *mounts) if path]
    if profile.directories.everywhere:
        return chosen(_asked(box), durable)
    roots = ("./", *filter(None, [profile.directories.scratch]))
    outlive = (f"{', '.join(durable)} (outlives the box)",) if durable else ()
    return Places(roots, tuple(durable), ("any other directory", *outlive))


def _asked(box: Box) -> list[str]:
    token = uuid4().hex
    said = shell.run(box, relying_on(_ASK, "cut", "sed", "tr"), token, _TOP, _MOUNTS, check=False).stdout
    lines = [line.removeprefix(f"{token} ") for line in said.splitlines() if line.startswith(f"{token} ")]
    if not lines or lines.pop() != "end":
        raise Incomplete(f"`{box.name}` did not say which directories it has", box=box.name, hint="run it again")
    return lines


def chosen(lines: Sequence[str], durable: Sequence[str] = ()) -> Places:
    """
    Choose among the directories that a box has.

    :param lines: ``mount PATH KIND OPTIONS`` as in /proc/mounts, and ``directory yes|no PATH``: whether it is readable.
    """
    mounts = [line.removeprefix("mount ") for line in lines if line.startswith("mount ")]
    words = (line.split(" ", 2) for line in lines if line.startswith("directory "))
    readable = {path: may == "yes" for _, may, path in words}
    roots, unseen = ["./"], list[str]()
    for path in sorted(path for path in readable if _may_hold_work(path, mounts)):
        filesystem = filesystem_of(path, mounts)
        if filesystem and is_shared_kind(filesystem):
            unseen.append(f"{one_line(path)} ({one_line(filesystem.kind)}, a disk of another machine)")
        elif not readable[path]:
            unseen.append(f"{one_line(path)} (this login may not look into it)")
        else:
            roots.append(path)
    system = sorted(path for path in readable if _is_system(path))
    unseen += [f"the system's {', '.join(map(one_line, system))}"] if system else []
    return Places(tuple(roots), tuple(durable), (*unseen, "files and hidden names right below /"))


def _may_hold_work(path: str, mounts: Iterable[str]) -> bool:
    """Whether it is a directory outside of the system, or a disk that takes writes."""
    below = path.removeprefix(_TOP)
    if below == "/" or _NO_DISKS.match(below):
        return False
    if _is_system(path) or posixpath.dirname(below) not in {"/", "/mnt", "/media", "/home"}:
        filesystem = filesystem_of(path, mounts)
        return filesystem is not None and filesystem.mount == path and _takes_files(filesystem)
    return True


def _is_system(path: str) -> bool:
    return posixpath.dirname(path.removeprefix(_TOP)) == "/" and posixpath.basename(path) in _SYSTEM


def _takes_files(filesystem: Filesystem) -> bool:
    return not filesystem.read_only and filesystem.kind not in _PSEUDO


def in_words(looked: Sequence[str], places: Places) -> str:
    """Say what was looked at and what was not."""
    shown = ", ".join(map(one_line, looked)) or "nothing"
    return f"looked at {shown}, without the usual hidden names in a home; not looked at: {'; '.join(places.unseen)}"
