"""What the two ends of a copy have to offer."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssh_transport import shell

from .round_trip import round_trip_s

if TYPE_CHECKING:
    from ssh_transport.box import Box

Kind = Literal["directory", "file", "link", "missing"]

_PROBE = """
if [ -L "${1%/}" ] && [ "$1" = "${1%/}" ]; then echo link
elif [ -d "$1" ]; then echo directory
elif [ -e "$1" ] || [ -L "$1" ]; then echo file
else echo missing; fi
rsync --version 2>/dev/null || :
"""


_VERSION = re.compile(r"^rsync\s+version v?(\d+)\.(\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Version:
    """What `rsync --version` says: its number, and whether it has zstd."""

    number: tuple[int, int, int]
    zstd: bool

    def __str__(self) -> str:
        return ".".join(map(str, self.number))


@dataclass(frozen=True)
class FarEnd:
    """The box's side: what stands at the path, its rsync (or none), and the round trip there."""

    kind: Kind
    rsync: Version | None
    round_trip_s: float


def far_end(box: Box, path: str) -> FarEnd:
    """Ask the box in one command; the round trip is measured on the open connection."""
    kind, _, text = shell.run(box, _PROBE, path).stdout.partition("\n")
    known: dict[str, Kind] = {"directory": "directory", "file": "file", "link": "link"}
    return FarEnd(known.get(kind, "missing"), rsync_version(text), round_trip_s(box))


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
    return Version((major, minor, patch), zstd=bool(re.search(r"^ +(\S+ )*zstd( |$)", text, re.MULTILINE)))
