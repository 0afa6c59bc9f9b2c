"""What SFTP tells of a box that runs no commands."""

from __future__ import annotations

import contextlib
import posixpath
import stat
from typing import TYPE_CHECKING

from ssh_transport.facts.directory import Directory, joined

from .session import session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.box import Box


def directory_by_sftp(box: Box, path: str) -> Directory:
    """
    Look at a directory of a box that runs no commands, as far as SFTP can see.

    :param path: `normal`; absolute, or relative to the home of the login.
    """
    client, ancestor = session(box), path
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
    return Directory(
        path=joined(real, "/".join(names)),
        ancestor=real,
        is_directory=is_directory,
        is_writable=True,
        free_bytes=free_bytes,
        free_inodes=free_inodes or None,
        is_link=not names and stat.S_ISLNK(client.lstat(path).mode),
    )


def sizes_by_sftp(box: Box, root: str, names: Iterable[str]) -> dict[str, int]:
    """Return the bytes of each file below a directory; what is missing is left out."""
    found = {}
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            found[name] = session(box).lstat(posixpath.join(root, name)).size
    return found
