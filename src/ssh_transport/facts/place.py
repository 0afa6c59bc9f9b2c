"""Where files would be put, on a box or here: what stands there, what may be written, how much room there is."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssh_transport.box import Box

# For `place_of`: shell functions of a probe. Each answer stands behind a line with the token, which no name can hold.
# What a minimal image lacks is an empty answer.
PROBE = r"""
answer() { printf '\n%s %s\n' "$token" "$1"; shift; "$@" 2>/dev/null; }
surroundings() {
    at=$1 missing=0
    until [ -e "$at" ] || [ -L "$at" ]; do
        missing=$((missing + 1))
        case $at in
            /*/* | [!/]*/*) at=${at%/*} ;;
            /*) at=/ ;;
            *) at=. ;;
        esac
    done
    answer missing echo "$missing"
    answer directory [ -d "$at" ] && echo yes
    answer writable [ -w "$at" ] && [ -x "$at" ] && echo yes
    answer ancestor sh -c 'cd -P -- "$1" && pwd -P' sh "$at"
    answer bytes env LC_ALL=C df -Pk "$at"
    answer inodes env LC_ALL=C df -Pi "$at"
    answer mounts cut -d ' ' -f 2-4 /proc/mounts
    answer umask umask
}
"""

_DF = re.compile(r" (?P<total>\d+) +\S+ +(?P<free>\d+) +\S+ +/")
_KB = 1024


@dataclass(frozen=True)
class Filesystem:
    """A mounted filesystem: its type as the kernel calls it, where it is mounted, and whether it takes writes."""

    kind: str
    mount: str
    read_only: bool


@dataclass(frozen=True)
class Place:
    """
    A directory that may not exist yet, and what surrounds it.

    ``path`` is absolute, its links resolved as far as it exists, which is ``ancestor``; what is said in the other
    fields is said of that. Where a file is in the way, both are as they were asked for. `None` is what the system does
    not tell: free inodes where there is no limit, the filesystem on macOS.
    """

    path: str
    ancestor: str
    is_directory: bool
    is_writable: bool
    free_bytes: int | None = None
    free_inodes: int | None = None
    filesystem: Filesystem | None = None
    umask: int | None = None

    @property
    def exists(self) -> bool:
        """Whether the directory itself is there, or whatever stands in its place."""
        return self.path == self.ancestor


def normal(path: str) -> str:
    """Return a path without doubled or trailing slashes; ``..`` stays, as a link may stand before it."""
    return re.sub("/+", "/", path).rstrip("/") or "/"


def place_here(path: str) -> Place:
    """Look at a directory of this machine; `path` is absolute."""
    ancestor, rest = _existing(normal(path))
    is_directory = Path(ancestor).is_dir()
    found = os.statvfs(ancestor) if is_directory else None
    resolved = str(Path(ancestor).resolve()) if is_directory else ancestor
    return Place(
        path=_joined(resolved, rest),
        ancestor=resolved,
        is_directory=is_directory,
        is_writable=os.access(ancestor, os.W_OK | os.X_OK),
        free_bytes=found.f_bavail * found.f_frsize if found and found.f_blocks else None,
        free_inodes=found.f_favail if found and found.f_files else None,
        filesystem=filesystem_of(resolved, _local_mounts()),
        umask=_local_umask(),
    )


def place_of(path: str, said: Mapping[str, str]) -> Place:
    """
    Read what `PROBE` said of a directory on a box.

    :param path: as it was asked, `normal`; absolute, or relative to the home of the login.
    :param said: the answers by name, as `answers` returns them.
    """
    missing = int(said["missing"]) if said.get("missing", "").strip().isdigit() else 0
    names = path.rsplit("/", missing) if missing else [path]
    asked = names[0] or "/"
    ancestor = said.get("ancestor", "") or asked
    return Place(
        path=_joined(ancestor, "/".join(names[1:])),
        ancestor=ancestor,
        is_directory=said.get("directory") == "yes",
        is_writable=said.get("writable") == "yes",
        free_bytes=_free(said.get("bytes", ""), _KB),
        free_inodes=_free(said.get("inodes", ""), 1),
        filesystem=filesystem_of(ancestor, said.get("mounts", "").splitlines()),
        umask=_octal(said.get("umask", "")),
    )


def place_by_sftp(box: Box, path: str) -> Place:
    """
    Look at a directory of a box that runs no commands, as far as SFTP can see.

    :param path: `normal`; absolute, or relative to the home of the login.
    """
    client, ancestor = box.sftp, path
    names: list[str] = []
    while ancestor not in {"/", "."}:
        try:
            is_directory = stat.S_ISDIR(client.stat(ancestor).mode)
            break
        except FileNotFoundError:
            ancestor, name = posixpath.split(ancestor)
            ancestor = ancestor or "."
            names.insert(0, name)
    else:
        is_directory = True
    free_bytes, free_inodes = client.free(ancestor) or (None, None)
    real = client.realpath(ancestor)
    return Place(_joined(real, "/".join(names)), real, is_directory, True, free_bytes, free_inodes or None)  # noqa: FBT003


def answers(text: str, token: str) -> dict[str, str]:
    """Return what a probe said by name: each answer without the newlines that the probe itself adds around it."""
    found: dict[str, str] = {}
    for part in f"\n{text}".split(f"\n{token} ")[1:]:
        name, _, answer = part.partition("\n")
        found.setdefault(name, answer.removesuffix("\n"))
    return found


def filesystem_of(path: str, mounts: Iterable[str]) -> Filesystem | None:
    r"""
    Return the filesystem that holds a resolved path, or `None` where nothing is known.

    :param mounts: second to fourth field of ``/proc/mounts``, see proc_pid_mountinfo(5): ``\040`` is a space.
    """
    best: Filesystem | None = None
    for line in mounts:
        words = line.split(" ")
        if len(words) != 3:  # noqa: PLR2004 - the three fields
            continue
        mount = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), words[0])
        holds = path == mount or path.startswith(mount.rstrip("/") + "/")
        # Of two mounts on one directory the later covers the earlier.
        if holds and (best is None or len(mount) >= len(best.mount)):
            best = Filesystem(words[1], mount, read_only="ro" in words[2].split(","))
    return best


def _existing(path: str) -> tuple[str, str]:
    """Return the part of an absolute path that is there, be it a dangling link, and the rest."""
    ancestor, rest = path, ""
    while not os.path.lexists(ancestor):
        ancestor, _, name = ancestor.rpartition("/")
        ancestor, rest = ancestor or "/", f"{name}/{rest}".rstrip("/")
    return ancestor, rest


def _joined(ancestor: str, rest: str) -> str:
    return f"{ancestor.rstrip('/')}/{rest}" if rest else ancestor


def _free(df: str, unit: int) -> int | None:
    """Return the available units of a line of ``df -P``; a total of none is what a filesystem without a limit says."""
    match = _DF.search(df)
    return int(match["free"]) * unit if match and int(match["total"]) else None


def _octal(text: str) -> int | None:
    digits = text.strip()
    return int(digits, 8) if digits and set(digits) <= set("01234567") else None


def _local_mounts() -> list[str]:
    try:
        text = os.fsdecode(Path("/proc/mounts").read_bytes())
    except OSError:
        return []
    return [" ".join(line.split(" ")[1:4]) for line in text.splitlines()]


def _local_umask() -> int | None:
    """Return our umask as the kernel tells it: asking for it the other way would set it, for every thread."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    match = re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE)
    return int(match[1], 8) if match else None
