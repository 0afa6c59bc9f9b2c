"""What each end of a copy has: rsync, Python, the kind of a path, the round trip."""

from __future__ import annotations

import functools
import os
import posixpath
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from ssh_transport.box import shell

from .content import CONTENT, MUCH_BYTES, UNKNOWN, Content, content_of
from .directory import PROBE, Directory, answers, directory_of, normal
from .homes import HOMES, HomeDirectories, homes_of
from .listing import LISTING, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box


Kind = Literal["directory", "file", "link", "missing"]

_BLOCK_BYTES = 512  # of find(1)
# `-I -S` skips the user's start-up files of Python, which may print or take long.
_PROBE = f"""
path=$1 token=$2 if_directory=$3 if_not=$4 plain_if_directory=$5 plain_if_not=$6 lists=$7 mark=$8 other=$9
shift 9
{PROBE}{HOMES}{LISTING}{CONTENT}
kind() {{
    if [ -L "${{path%/}}" ] && [ "$path" = "${{path%/}}" ]; then echo link
    elif [ -d "$path" ]; then echo directory
    elif [ -e "$path" ] || [ -L "$path" ]; then echo file
    else echo missing; fi
}}
python() {{
    for candidate; do
        "$candidate" -I -S -c 'import sys, zlib; print("%d.%d" % sys.version_info[:2], sys.executable)' </dev/null &&
            return
    done
}}
marked() {{
    [ -n "$mark" ] && grep -qF -- "$mark" /proc/[0-9]*/environ && echo yes
}}
place() {{
    read -r boot </proc/sys/kernel/random/boot_id || return
    echo "$boot $(readlink /proc/self/ns/mnt) $(readlink -f -- "$path")"
}}
much() {{
    timeout 1 find -H "$path" -type f -size +{MUCH_BYTES // _BLOCK_BYTES} | head -n 1
}}
answer now date +%s
answer kind kind
answer leads_to_directory [ -d "$path" ] && {{ echo yes; if_not=$if_directory plain_if_not=$plain_if_directory; }}
# To start Python takes as long as all else.
answer python python "$@" | {{
    {{
        if [ -n "$if_not" ]; then surroundings "$if_not"; else answer much much; fi
        [ -z "$plain_if_not" ] || answer homes homes "$if_not" "$plain_if_not"
        # What rsync does not copy is not looked into.
        [ -z "$lists" ] || answer content content
        answer listing listing "$lists"
        answer marked marked
        [ -z "$other" ] || answer place place
        answer rsync rsync --version
    }} </dev/null
    while IFS= read -r line; do printf '%s\n' "$line"; done
}}
"""
_LONGEST_S = 10
_CHECKSUMS = re.compile(r"^Checksum list:\n +(.*)", re.MULTILINE)
# Other names are in brackets, and `none` is no checksum.
_CHECKSUM = re.compile(r"(?<!\S)(?!none)[a-z0-9]+")
_VERSION = re.compile(r"^rsync\s+version v?(\d+)\.(\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Version:
    """The output of `rsync --version`: the number, whether it has zstd, and its checksums in order of preference."""

    number: tuple[int, int, int]
    zstd: bool
    checksums: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(map(str, self.number))


@dataclass(frozen=True)
class RemoteEnd:
    """
    The box's end of a copy: the kind of the path, its rsync (`None`: no usable one), and the round trip.

    ``kind`` does not follow links, ``leads_to_directory`` does. ``directory`` is the one that a push would write into,
    `None` for a pull. ``python`` is the path of the first interpreter of the profile that runs, or empty.
    ``unfit_rsync`` says what its rsync is where there is one that can't be used: ``openrsync``, ``rsync 2.6.9``.
    ``now_s`` is the box's clock; 0 if it does not tell. ``holds_much`` says that a file of `MUCH_BYTES` was found at
    the path before long; that none was says nothing. ``listed`` is what `listing.listed` returns for the words that
    were asked for; ``is_marked`` says that a process has what was asked for in its environment; ``content`` is that of
    a pull's one file; ``homes`` is of the directory of a push that becomes a copy, `None` where none does; ``place`` is
    the machine and the real path where two boxes are copied between, empty where it is not told.
    """

    kind: Kind
    rsync: Version | None
    round_trip_s: float
    leads_to_directory: bool = False
    directory: Directory | None = None
    python: str = ""
    python_version: tuple[int, int] = (0, 0)
    now_s: int = 0
    holds_much: bool = False
    unfit_rsync: str = ""
    listed: Sequence[bytes] = ()
    is_marked: bool = False
    content: Content = UNKNOWN
    homes: HomeDirectories | None = None
    place: str = ""


def remote_end(  # noqa: PLR0913 - all that is asked in one command
    box: Box,
    path: str,
    *,
    holders: tuple[str, str] = ("", ""),
    becomes_copy: bool = False,
    lists: str = "",
    mark: str = "",
    is_between: bool = False,
) -> RemoteEnd:
    """
    Read all of it with one command; the round trip is what the login showed.

    :param holders: for a push, the directories that it would write into: if `path` is a directory, and if it is not.
    :param becomes_copy: whether such a directory itself becomes a copy of the source.
    :param lists: the words of an rsync that lists the path, quoted.
    :param mark: what a process of ours has in its environment.
    :param is_between: whether the other end is a box, which may be this one.
    """
    token = uuid4().hex
    profile, _ = box.platform
    holders = (normal(holders[0]), normal(holders[1])) if all(holders) else ("", "")
    plain = map(posixpath.normpath, holders) if becomes_copy else ("", "")
    asked = lists, mark, "yes" if is_between else "", *profile.tools.python
    text = shell.run(box, _PROBE, path, token, *holders, *plain, *asked).stdout
    output = answers(text, token)
    kinds: dict[str, Kind] = {"directory": "directory", "file": "file", "link": "link"}
    is_directory = output.get("leads_to_directory") == "yes"
    version, _, python = output.get("python", "").partition(" ")
    return RemoteEnd(
        kinds.get(output.get("kind", ""), "missing"),
        rsync_version(output.get("rsync", "")),
        box.carrier.round_trip_s,
        leads_to_directory=is_directory,
        directory=directory_of(holders[0 if is_directory else 1], output) if all(holders) else None,
        python=python,
        python_version=_numbers(version),
        holds_much=bool(output.get("much", "").strip()),
        unfit_rsync=unfit_rsync(output.get("rsync", "")),
        now_s=int(now) if (now := output.get("now", "").strip()).isdecimal() else 0,
        listed=listed(output.get("listing", "")),
        is_marked=bool(output.get("marked", "").strip()),
        content=content_of(output.get("content", "")),
        homes=homes_of(output["homes"]) if output.get("homes") else None,
        place=output.get("place", ""),
    )


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)


def rsync_there(box: Box) -> Version | None:
    """Return the version of the box's rsync, or `None` if it has none that we can use."""
    return rsync_version(shell.run(box, "rsync --version 2>/dev/null || :").stdout)


def local_rsync() -> Version | None:
    """Return the version of this machine's rsync, or `None` if it has none that we can use, or no `ssh`."""
    return rsync_version(_said_here()) if shutil.which("ssh") else None


def local_unfit_rsync() -> str:
    """Return the same of this machine as `RemoteEnd.unfit_rsync`."""
    return unfit_rsync(_said_here())


def _said_here() -> str:
    found = shutil.which("rsync")
    if not found:
        return ""
    status = os.stat(found)  # noqa: PTH116 - what `which` returns is no Path
    return _said_by(found, (status.st_ino, status.st_mtime_ns))


@functools.cache
def _said_by(program: str, _which: tuple[int, int]) -> str:
    """Ask it once for all boxes."""
    argv = [program, "--version"]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_LONGEST_S).stdout


def rsync_version(text: str) -> Version | None:
    """Parse the output of `rsync --version`; `None` for no rsync, one before 3.1.0, and openrsync."""
    match = _VERSION.search(text)
    if not match:
        return None
    major, minor, patch = map(int, match.groups())
    # openrsync calls itself `2.6.9 compatible`; before 3.1.0 there is no `--info=progress2`.
    if (major, minor) < (3, 1):
        return None
    zstd = bool(re.search(r"^ +(\S+ )*zstd( |$)", text, re.MULTILINE))
    listed = _CHECKSUMS.search(text)
    return Version((major, minor, patch), zstd, tuple(_CHECKSUM.findall(listed[1])) if listed else ())


def unfit_rsync(text: str) -> str:
    """Return what an rsync calls itself that is there and that `rsync_version` passes over; empty where none is."""
    if rsync_version(text):
        return ""
    if "openrsync" in text:
        return "openrsync"
    match = _VERSION.search(text)
    return f"rsync {'.'.join(match.groups())}" if match else ""
