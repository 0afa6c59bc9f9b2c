"""What the two ends of a copy have to offer."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from ssh_transport import shell

from . import place
from .round_trip import round_trip_s

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .place import Place

Kind = Literal["directory", "file", "link", "missing"]

# The interpreters come last; `-I -S` keeps what a user's own start-up files do, and their time, out of it.
_PROBE = f"""
path=$1 token=$2 if_directory=$3 if_not=$4
shift 4
{place.PROBE}
kind() {{
    if [ -L "${{path%/}}" ] && [ "$path" = "${{path%/}}" ]; then echo link
    elif [ -d "$path" ]; then echo directory
    elif [ -e "$path" ] || [ -L "$path" ]; then echo file
    else echo missing; fi
}}
python() {{
    for candidate; do
        "$candidate" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable)' </dev/null && return
    done
}}
answer kind kind
answer leads_to_directory [ -d "$path" ] && {{ echo yes; if_not=$if_directory; }}
[ -z "$if_not" ] || surroundings "$if_not"
answer python python "$@"
answer rsync rsync --version
:
"""

_CHECKSUMS = re.compile(r"^Checksum list:\n +(.*)", re.MULTILINE)
# Not in brackets, where other names for them are, and not `none`.
_CHECKSUM = re.compile(r"(?<!\S)(?!none)[a-z0-9]+")
_VERSION = re.compile(r"^rsync\s+version v?(\d+)\.(\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Version:
    """What `rsync --version` says: its number, whether it has zstd, its checksums from the best to the worst."""

    number: tuple[int, int, int]
    zstd: bool
    checksums: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(map(str, self.number))


@dataclass(frozen=True)
class FarEnd:
    """
    The box's side: what stands at the path, its rsync (or none), and the round trip there.

    ``leads_to_directory`` follows links, ``kind`` does not. ``place`` is where a push would put things, `None` for a
    pull; ``python`` the path of the first interpreter of the profile that runs, or empty, and its version.
    """

    kind: Kind
    rsync: Version | None
    round_trip_s: float
    leads_to_directory: bool = False
    place: Place | None = None
    python: str = ""
    python_version: tuple[int, int] = (0, 0)


def far_end(box: Box, path: str, *, holders: tuple[str, str] = ("", "")) -> FarEnd:
    """
    Ask the box in one command; the round trip is measured on the open connection.

    :param holders: of a push, the directory that will hold what is copied: if there is a directory at `path`, and if
        there is none.
    """
    token = uuid4().hex
    profile, _ = box.platform
    holders = (place.normal(holders[0]), place.normal(holders[1])) if all(holders) else ("", "")
    with ThreadPoolExecutor(1) as beside:
        round_trip = beside.submit(round_trip_s, box)
        text = shell.run(box, _PROBE, path, token, *holders, *profile.tools.python).stdout
    said = place.answers(text, token)
    known: dict[str, Kind] = {"directory": "directory", "file": "file", "link": "link"}
    is_directory = said.get("leads_to_directory") == "yes"
    version, _, python = said.get("python", "").partition(" ")
    return FarEnd(
        known.get(said.get("kind", ""), "missing"),
        rsync_version(said.get("rsync", "")),
        round_trip.result(),
        leads_to_directory=is_directory,
        place=place.place_of(holders[0 if is_directory else 1], said) if all(holders) else None,
        python=python,
        python_version=_numbers(version),
    )


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)


def rsync_there(box: Box) -> Version | None:
    """Return the box's rsync, or `None` if there is none that will do."""
    return rsync_version(shell.run(box, "rsync --version 2>/dev/null || :").stdout)


def local_rsync() -> Version | None:
    """Return this machine's rsync, or `None` if there is none that will do."""
    if not shutil.which("rsync") or not shutil.which("ssh"):
        return None
    done = subprocess.run(["rsync", "--version"], capture_output=True, text=True, check=False)
    return rsync_version(done.stdout)


def rsync_version(text: str) -> Version | None:
    """Read `rsync --version`; `None` for no rsync and for the BSD one, which lacks what we need."""
    match = _VERSION.search(text)
    if not match:
        return None
    major, minor, patch = map(int, match.groups())
    # The BSD one calls itself `2.6.9 compatible`; before 3.1.0 there is no progress meter for the whole.
    if (major, minor) < (3, 1):
        return None
    zstd = bool(re.search(r"^ +(\S+ )*zstd( |$)", text, re.MULTILINE))
    listed = _CHECKSUMS.search(text)
    return Version((major, minor, patch), zstd, tuple(_CHECKSUM.findall(listed[1])) if listed else ())
