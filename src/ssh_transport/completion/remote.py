"""Names on a box, for who is typing: over a login that asks nothing, to a box that is known, and not for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box import Box, boxes, shell
from ssh_transport.box.carrier import Login
from ssh_transport.openssh import host_keys
from ssh_transport.request.paths import remote_path
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from invoke import Context

LOGIN_S = 3
_LIMIT_BYTES = 1 << 18
# The shell's own glob looks for the beginning alone, which a directory of a million files needs.
_SCRIPT = """
cd -- "$1" 2>/dev/null || exit 0
number=0
for name in "$2"*; do
    case $name in .|..) continue ;; esac
    if [ -d "$name" ]; then printf '%s/\\0' "$name"
    elif [ -e "$name" ] || [ -L "$name" ]; then printf '%s\\0' "$name"
    else continue
    fi
    number=$((number + 1))
    [ "$number" -lt 500 ] || exit 0
done
"""


def paths(c: Context, name: str, typed: str) -> list[str]:
    """
    Return what a path on a box can go on with, directories with a slash; names that can't be typed are left out.

    A box whose host key is not pinned is not asked: the first contact is a person's.

    :raises TaskError: the box was not reached.
    """
    if any(sign in name for sign in "@*?!,") and not name.rpartition("@")[0]:
        return []
    (box,) = boxes(c, name)
    if not host_keys.pinned(box.resolved):
        return []
    directory, slash, begin = typed.rpartition("/")
    if not slash and begin.startswith("~"):
        return []
    try:
        box.reconnect(Login(keys_only=True, asks=False, remember=False, timeout_s=LOGIN_S))
        return [f"{directory}{slash}{one}" for one in _names(box, directory + slash, begin)]
    finally:
        box.close(keep=False)


def _names(box: Box, directory: str, begin: str) -> list[str]:
    there = remote_path(directory or ".")
    said = shell.run(box, _SCRIPT, there, begin, check=False, timeout_s=LOGIN_S, limit_bytes=_LIMIT_BYTES)
    found = [name for name in said.stdout.split("\0") if name and name.startswith(begin) and one_line(name) == name]
    # Without a directory in front of it, a shell here and our own tasks would take it for a home.
    return [name for name in found if directory or not name.startswith("~")]
