"""Lists the files below a directory of this machine: those that git does not ignore, or all."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from ssh_transport.git import ask as git

if TYPE_CHECKING:
    from collections.abc import Iterator


def names_below(directory: str, unread: list[str]) -> Iterator[str]:
    """
    Yield the files below a directory, relative to it; in a git work tree without ignored ones.

    :param unread: directories that can't be listed are added to it.
    """
    if shutil.which("git") and git.work_tree(directory) is not None:
        yield from git.names(directory)
    else:
        yield from _walked(directory, unread)


def _walked(directory: str, unread: list[str]) -> Iterator[str]:
    def failed(exc: OSError) -> None:
        unread.append(f"{os.path.relpath(exc.filename, directory)}: {exc.strerror}")

    for at, directories, files in os.walk(directory, onerror=failed):
        directories[:] = [name for name in directories if name != ".git"]
        below = os.path.relpath(at, directory)
        yield from (name if below == "." else f"{below}/{name}" for name in files)
