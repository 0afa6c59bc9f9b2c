"""A directory that files are to be written into, on a box or here: whether it exists, is writable, its free space."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


# Shell functions whose output `directory_of` parses. Each answer follows a line with the token, which no file name can
# contain. If a program is missing on the box, its answer is empty.
PROBE = r"""
answer() { printf '\n%s %s\n' "$token" "$1"; shift; "$@" 2>/dev/null; }
real() { (cd -P -- "$1" && pwd -P); }
free() { LC_ALL=C df "$@"; }
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
    answer link [ -L "$at" ] && echo yes
    answer directory [ -d "$at" ] && echo yes
    answer writable [ -w "$at" ] && [ -x "$at" ] && echo yes
    answer ancestor real "$at"
    answer bytes free -Pk "$at"
    answer inodes free -Pi "$at"
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
class Directory:
    """
    A directory that may not exist yet.

    ``ancestor`` is its longest existing part, which all fields but ``path`` and ``is_link`` describe. ``path`` is
    absolute, with the links in ``ancestor`` resolved; if a file is in the way, nothing is resolved. ``is_link`` says
    whether the directory itself, as it was named, is one. `None` means that the system does not report it, such as the
    free inodes of a filesystem without a limit, or the filesystem on macOS.
    """

    path: str
    ancestor: str
    is_directory: bool
    is_writable: bool
    free_bytes: int | None = None
    free_inodes: int | None = None
    filesystem: Filesystem | None = None
    umask: int | None = None
    is_link: bool = False

    @property
    def exists(self) -> bool:
        """Whether something exists at ``path``, a directory or not."""
        return self.path == self.ancestor


def normal(path: str) -> str:
    """Return a path without doubled or trailing slashes; ``..`` stays, as the part before it may be a link."""
    return re.sub("/+", "/", path).rstrip("/") or "/"


def directory_here(path: str) -> Directory:
    """Return a directory of this machine; `path` is absolute."""
    ancestor, rest = _existing(normal(path))
    is_directory = Path(ancestor).is_dir()
    status = os.statvfs(ancestor) if is_directory else None
    resolved = str(Path(ancestor).resolve()) if is_directory else ancestor
    return Directory(
        path=joined(resolved, rest),
        ancestor=resolved,
        is_directory=is_directory,
        is_writable=os.access(ancestor, os.W_OK | os.X_OK),
        free_bytes=status.f_bavail * status.f_frsize if status and status.f_blocks else None,
        free_inodes=status.f_favail if status and status.f_files else None,
        filesystem=filesystem_of(resolved, _local_mounts()),
        umask=_local_umask(),
        is_link=not rest and Path(ancestor).is_symlink(),
    )


def directory_of(path: str, output: Mapping[str, str]) -> Directory:
    """
    Parse the output of `PROBE` for a directory on a box.

    :param path: the path given to the probe, `normal`; absolute, or relative to the home of the login.
    :param output: the answers by name, as `answers` returns them.
    """
    missing = int(output["missing"]) if output.get("missing", "").strip().isdecimal() else 0
    names = path.rsplit("/", missing) if missing else [path]
    ancestor = output.get("ancestor", "") or names[0] or "/"
    return Directory(
        path=joined(ancestor, "/".join(names[1:])),
        ancestor=ancestor,
        is_directory=output.get("directory") == "yes",
        is_writable=output.get("writable") == "yes",
        free_bytes=_free(output.get("bytes", ""), _KB),
        free_inodes=_free(output.get("inodes", ""), 1),
        filesystem=filesystem_of(ancestor, output.get("mounts", "").splitlines()),
        umask=_octal(output.get("umask", "")),
        is_link=not missing and output.get("link") == "yes",
    )


def answers(text: str, token: str) -> dict[str, str]:
    """Split the output of a probe into answers by name, without the newlines that the probe adds around them."""
    found: dict[str, str] = {}
    for part in f"\n{text}".split(f"\n{token} ")[1:]:
        name, _, answer = part.partition("\n")
        found.setdefault(name, answer.removesuffix("\n"))
    return found


def filesystem_of(path: str, mounts: Iterable[str]) -> Filesystem | None:
    r"""
    Return the filesystem that a resolved path is on, or `None` if it is in none of the mounts.

    :param mounts: lines with the second to fourth field of ``/proc/mounts``; ``\040`` is a space, see proc(5).
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
    """Split an absolute path into its longest existing part, which may be a dangling link, and the rest."""
    ancestor, rest = path, ""
    while not os.path.lexists(ancestor):
        ancestor, _, name = ancestor.rpartition("/")
        ancestor, rest = ancestor or "/", f"{name}/{rest}".rstrip("/")
    return ancestor, rest


def joined(ancestor: str, rest: str) -> str:
    """Join an existing directory and a path below it, which may be empty."""
    return f"{ancestor.rstrip('/')}/{rest}" if rest else ancestor


def _free(df: str, unit: int) -> int | None:
    """Return the available units of a line of ``df -P``, or `None` if the total is 0, which means no limit."""
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
    """Return our umask from `/proc`, or `None` without it: `os.umask` would change it for every thread."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    match = re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE)
    return int(match[1], 8) if match else None
