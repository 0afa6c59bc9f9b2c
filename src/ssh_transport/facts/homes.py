"""Whose homes are where, and where a path leads: what must not become a copy of something else."""

from __future__ import annotations

import os
import posixpath
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.credentials.kinds import SSH_DIRECTORY

if TYPE_CHECKING:
    from ssh_transport.box import Box

_NO_SHELLS = frozenset({"nologin", "false", "sync", ""})

# A shell function whose output `homes_of` parses. A path that is not there yet, such as `new/..`, is compared as it
# reads. Names end in NUL: they may hold newlines. A substitution drops those at its end, but for the dot behind them.
HOMES = r"""
leads() {
    if at=$( { cd -P -- "$1" || cd -P -- "$2"; } >/dev/null 2>&1 && pwd -P && echo .); then at=${at%??}; else at=$2; fi
    printf '%s\0' "$at"
}
homes() {
    (
    cd -- "${HOME:-/}" || exit
    leads "$1" "$2"
    leads . "$HOME"
    leads .ssh "$HOME/.ssh"
    while IFS=: read -r _ _ _ _ _ home shell; do
        case $shell in */nologin|*/false|*/sync|'') ;; *) leads "$home" "$home" ;; esac
    done </etc/passwd 2>/dev/null
    :
    )
}
"""


@dataclass(frozen=True)
class HomeDirectories:
    """Where a copy would land, the login user's home and ssh directory, and the homes of whoever else may log in."""

    landing: str
    home: str
    ssh: str
    homes: tuple[str, ...] = ()


def homes_here(landing: str) -> HomeDirectories:
    """Return those of this machine."""
    home = os.path.realpath(Path.home())
    homes = [os.path.realpath(entry.pw_dir) for entry in pwd.getpwall() if Path(entry.pw_shell).name not in _NO_SHELLS]
    return HomeDirectories(os.path.realpath(landing), home, os.path.realpath(Path.home() / SSH_DIRECTORY), tuple(homes))


def homes_there(box: Box, landing: str) -> HomeDirectories:
    """Ask a box."""
    return homes_of(shell.run(box, f'{HOMES}homes "$1" "$2"', landing, posixpath.normpath(landing)).stdout)


def homes_of(text: str) -> HomeDirectories:
    """Parse the output of `HOMES`."""
    at, home, ssh, *homes = [*text.split("\0"), "", "", ""]
    return HomeDirectories(at, home, ssh, tuple(homes))
