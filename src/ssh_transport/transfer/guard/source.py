"""Local directories that are too much to push: a home, what a home is in, an ssh directory."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.credentials.kinds import SSH_DIRECTORY
from ssh_transport.errors import Guarded
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def check(here: str, allow: Sequence[str] = (), *, copy_links: bool = False) -> None:
    """
    Stop a push of a whole home or ssh directory before anything is asked of a box.

    No wildcard lets one through, only its own path, or ``.ssh`` for an ssh directory.

    :raises Guarded: with what it is.
    """
    real = os.path.realpath(here)
    if Path(here).is_symlink() and not here.endswith("/") and not copy_links:
        return
    if kind := _kind(real, {_real(path) for path in allow}, allow):
        raise Guarded(
            f"`{one_line(here)}` is {kind}; nothing was sent",
            hint="push the directories in it that the box needs; one secret: ssh-transport -H ALIAS secrets.push NAME; "
            f"and if it must be all of it: --allow={shlex.quote(one_line(real))}",
        )


def _kind(real: str, allowed: set[str], allow: Sequence[str]) -> str:
    if real in allowed or not Path(real).is_dir():
        return ""
    if Path(real).name == SSH_DIRECTORY:
        return "" if SSH_DIRECTORY in allow else "an ssh directory"
    for home in _homes():
        if real == home:
            return "a whole home directory"
        if Path(home).is_relative_to(real):
            return f"what the home directory `{one_line(home)}` is in"
    return ""


def _homes() -> set[str]:
    homes = {os.environ.get("HOME", "")}
    with contextlib.suppress(KeyError):
        homes.add(pwd.getpwuid(os.getuid()).pw_dir)
    # A service's home is `/`, or nothing at all.
    return {os.path.realpath(home) for home in homes if home} - {"/"}


def _real(path: str) -> str:
    return os.path.realpath(Path(path).expanduser()) if path.startswith(("/", "~")) else ""
