"""Secrets that leaked into files on a box: shell histories, start-up files, and dumps of an environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.credentials.tokens import has_secret

from .directory import filesystem_of, normal
from .login_files import HISTORY_AND_RC, login_files
from .search import search
from .secret_lines import kind_of_line
from .shared_disks import is_shared_kind, why_shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box
    from ssh_transport.platforms.profile import Profile

    from .heads import Head
    from .login_files import LoginFiles

LINES = "lines"
DUMP = "a dump of environment variables with secrets"
UNREAD, CUT_SHORT = "it can't be read, and was not searched", "it was not searched to the end"
REQUESTS = tuple(f"{LINES}:{pattern}" for pattern in HISTORY_AND_RC)
# A file is taken for the output of `env` if it has so many variables, and they are so many per cent of its lines.
_DUMP_LINES = 5
_DUMP_PERCENT = 60
_SHARED_DEPTH = 3
_ITEM = re.compile(rb'"([A-Za-z_]\w*)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_VARIABLE = re.compile(rb"^(?:export |declare -x )?[A-Za-z_]\w*=")


@dataclass(frozen=True)
class LeakedSecret:
    """
    Where a secret leaked: the file (links resolved), the line or `None` for the whole file, and a description.

    It does not contain the value. ``on_shared``: the file is on a disk that others see or that outlives the box.
    """

    path: str
    line: int | None
    kind: str
    on_shared: bool


def leaked_secrets(box: Box, files: LoginFiles | None = None) -> tuple[LeakedSecret, ...]:
    """
    Search the login user's shell histories and start-up files for secrets, and shared disks for dumps.

    Two round trips, bounded in bytes and time; only lines that may contain a secret leave the box, and are not stored.
    What could not be searched is among what is returned.

    :param files: what was answered to `REQUESTS` already.
    :raises ToolMissing: the box has not what the search needs.
    """
    profile, _ = box.platform
    files = files or login_files(box, *REQUESTS)
    found = search(box, shared_roots(profile, files))
    unread = dict.fromkeys((*files.unread, *found.unread))
    cut_short = (*files.cut_short, *found.cut_short)
    unseen = [*((path, UNREAD) for path in unread), *((path, CUT_SHORT) for path in cut_short)]
    return (
        *leaked_secrets_in(profile, files, found.heads),
        *(LeakedSecret(path, None, kind, on_shared=False) for path, kind in unseen),
    )


def leaked_secrets_in(profile: Profile, files: LoginFiles, found: Iterable[Head]) -> tuple[LeakedSecret, ...]:
    """
    Return the leaked secrets in files that were read before; a file with several names counts once.

    :param found: heads of files on shared disks, which are checked for dumps only.
    """
    by_path = {head.real or head.path: head for head in files.of(LINES)}
    dumps = {head.real or head.path: head for head in found if is_dump(head.data)}
    return (
        *(
            LeakedSecret(path, number, kind, bool(why_shared(profile, path, files.filesystem(path))))
            for path, head in by_path.items()
            for number, line in head.lines
            if (kind := kind_of_line(line))
        ),
        *(
            LeakedSecret(path, None, DUMP, on_shared=True)
            for path in dumps
            if why_shared(profile, path, files.filesystem(path))
        ),
    )


def shared_roots(profile: Profile, files: LoginFiles) -> list[tuple[str, int]]:
    """Return the shared directories of a box with a depth, for `search`; one that contains the home is left out."""
    roots = dict.fromkeys(map(normal, (*_named(profile), *_mounted(files))))
    return [(root, _SHARED_DEPTH) for root in roots if not f"{files.home}/".startswith(f"{root.rstrip('/')}/")]


def is_dump(data: bytes) -> bool:
    """Whether it looks like what ``env``, ``env -0`` or ``export`` print, or that as JSON, and contains a secret."""
    # Of JSON, a name and its value are a line, as they are printed or not.
    data = _ITEM.sub(rb"\n\1=\2\n", data).strip(b" {}\n") if data.lstrip()[:1] == b"{" else data
    data = data.replace(b"\0", b"\n")
    lines = [line for line in data.split(b"\n") if line.strip(b" ,")]
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
