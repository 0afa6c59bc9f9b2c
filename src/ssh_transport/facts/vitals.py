"""Properties of a box that copies and logins depend on, read with one command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import shell

from .copying import rsync_version

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .copying import Version

# Each answer follows a line with its name; if a program is missing on the box, its answer is empty.
_ASK = r"""
ask() { printf '\n@%s\n' "$1"; shift; "$@" 2>/dev/null; }
ask home stat -L -c '%a %U' "$HOME"
ask ssh stat -L -c '%a %U' "$HOME/.ssh"
ask me id -un
ask bytes sh -c 'df -Pk "$HOME" | tail -n 1'
ask inodes sh -c 'df -Pi "$HOME" | tail -n 1'
ask mounts sh -c 'cut -d " " -f 2,3 /proc/mounts'
ask rsync rsync --version
ask congestion cat /proc/sys/net/ipv4/tcp_congestion_control
printf '\n@end\n'
"""

_SHARED_TYPES = ("nfs", "cifs", "smb", "fuse", "virtiofs", "lustre", "ceph", "9p", "glusterfs", "beegfs")


@dataclass(frozen=True)
class Vitals:
    """The answers of a box; `None` or empty if it gave none."""

    user: str
    home_mode: int | None
    home_owner: str
    ssh_mode: int | None
    free_bytes: int | None
    free_inodes: int | None
    shared_mounts: tuple[tuple[str, str], ...]
    rsync: Version | None
    congestion_control: str


def vitals(box: Box) -> Vitals:
    """Read them in a single round trip."""
    output = _answers(shell.run(box, _ASK, check=False).stdout)
    home = output["home"].split()
    mounts = (line.split(" ", 1) for line in output["mounts"].splitlines() if " " in line)
    return Vitals(
        user=output["me"],
        home_mode=_octal(home[:1]),
        home_owner=home[1] if len(home) > 1 else "",
        ssh_mode=_octal(output["ssh"].split()[:1]),
        free_bytes=_times(_column(output["bytes"], 3), 1024),
        free_inodes=_column(output["inodes"], 3),
        shared_mounts=tuple((path, kind) for path, kind in mounts if kind.startswith(_SHARED_TYPES)),
        rsync=rsync_version(output["rsync"]),
        congestion_control=output["congestion"],
    )


def _answers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in f"\n{text}".split("\n@")[1:]:
        name, _, answer = part.partition("\n")
        found.setdefault(name, answer.strip())
    names = [
        "hostname",
        "clock",
        "machine",
        "home",
        "ssh",
        "me",
        "bytes",
        "inodes",
        "mounts",
        "rsync",
        "congestion",
        "python",
        "gpu",
    ]
    return {name: found.get(name, "") for name in names}


def _octal(words: list[str]) -> int | None:
    return int(words[0], 8) if words and set(words[0]) <= set("01234567") else None


def _column(line: str, index: int) -> int | None:
    words = line.split()
    return int(words[index]) if len(words) > index and words[index].isdecimal() else None


def _times(number: int | None, unit: int) -> int | None:
    return None if number is None else number * unit
