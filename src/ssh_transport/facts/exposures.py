"""Secrets that were written down by the way on a box: in histories, start-up files, and dumps of an environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.transfer.guard.tokens import has_secret

from .login_files import HISTORY_AND_RC, login_files
from .place import filesystem_of, normal
from .searched import searched
from .shared_disks import is_shared_kind, why_shared
from .telling_lines import kind_of_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box
    from ssh_transport.profile import Profile

    from .heads import Head
    from .login_files import LoginFiles

LINES = "lines"
DUMP = "a dump of environment variables with secrets"
WORDS = tuple(f"{LINES}:{pattern}" for pattern in HISTORY_AND_RC)
# Of so many lines, this many in a hundred, a file is the output of `env`.
_DUMP_LINES = 5
_DUMP_PERCENT = 60
_SHARED_DEPTH = 3
_VARIABLE = re.compile(rb"^(?:export |declare -x )?[A-Za-z_]\w*=")


@dataclass(frozen=True)
class Exposure:
    """
    Where a secret stands: the file (its links resolved), the line or `None` for the whole, and what it is in words.

    The value is nowhere in it. ``on_shared``: the file is on a disk that others see or that outlives the box.
    """

    path: str
    line: int | None
    kind: str
    on_shared: bool


def exposures(box: Box) -> tuple[Exposure, ...]:
    """
    Look for secrets in the login user's shell histories and start-up files, and for dumps on shared disks.

    Two round trips, bounded in bytes and time; only lines that may hold a secret leave the box, and are not kept.
    """
    profile, _ = box.platform
    files = login_files(box, *WORDS)
    found = searched(box, shared_roots(profile, files))
    return exposures_in(profile, files, found.heads)


def exposures_in(profile: Profile, files: LoginFiles, found: Iterable[Head]) -> tuple[Exposure, ...]:
    """Return the exposures among files that were looked at; each file counts once, whatever its names."""
    by_place = {head.real or head.path: head for head in files.of(LINES)}
    dumps = {head.real or head.path: head for head in found if is_dump(head.data)}
    return (
        *(
            Exposure(place, number, kind, bool(why_shared(profile, place, files.filesystem(place))))
            for place, head in by_place.items()
            for number, line in head.lines
            if (kind := kind_of_line(line))
        ),
        *(
            Exposure(place, None, DUMP, on_shared=True)
            for place in dumps
            if why_shared(profile, place, files.filesystem(place))
        ),
    )


def shared_roots(profile: Profile, files: LoginFiles) -> list[tuple[str, int]]:
    """Return the shared directories of a box, as `searched` takes them; one that holds the home is left out."""
    roots = dict.fromkeys(map(normal, (*_named(profile), *_mounted(files))))
    return [(root, _SHARED_DEPTH) for root in roots if not f"{files.home}/".startswith(f"{root.rstrip('/')}/")]


def is_dump(data: bytes) -> bool:
    """Whether a file looks like the output of ``env`` or ``export``, and holds a secret."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    variables = sum(1 for line in lines if _VARIABLE.match(line))
    return (
        variables >= _DUMP_LINES
        and variables * 100 >= len(lines) * _DUMP_PERCENT
        and has_secret(data.replace(b"declare -x ", b""))
    )


def _named(profile: Profile) -> Iterator[str]:
    for mount in profile.shared_mounts:
        yield from (mount.path, *mount.aliases)
    yield from profile.secrets.deny


def _mounted(files: LoginFiles) -> Iterator[str]:
    for line in files.mounts:
        path = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), line.split(" ")[0])
        filesystem = filesystem_of(path, [line])
        if filesystem and is_shared_kind(filesystem):
            yield path
