"""
What every lane starts at the far end: a helper, which hands its standard input and output to the owner of the commands.

Then it only waits, because `sshd` ends a session with its process. The two meet in a directory that only the user
enters. Runs on a box's Python 3.8.
"""

from __future__ import annotations

import os
import select
import socket
import stat
import sys
import time

from .descriptors import let_go
from .frame import FAIL, GREETING, head
from .handover import hand_over

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, NoReturn

# Not $XDG_RUNTIME_DIR: systemd-logind removes it with the user's last session, and an outage ends them all.
PLACES = ("/tmp", "/dev/shm", "/var/tmp")  # noqa: S108 - made private, with a name that nobody can know
SOCKET, MODE = "owner", 0o700
_LOOK_AGAIN_S = 0.02


def main(order: Dict[str, Any]) -> None:
    """
    Lend this session to the owner until that gives it back.

    :param order: `token` (hexadecimal), `name` of the directory, and within how many seconds it must be there
        (`patience_s`).
    """
    try:
        control = _owner(order["name"], time.monotonic() + order["patience_s"])
    except OSError as exc:
        fail(str(exc))
    hand_over(control, bytes.fromhex(order["token"]), 0, 1)
    let_go(0, 1)
    try:
        control.recv(1)
    except OSError:
        pass


def fail(why: str) -> NoReturn:
    """Tell the other end of this lane, and end."""
    said = why.encode("utf-8", "replace")[:1000]
    os.write(1, GREETING + head(FAIL, 0, len(said)) + said)
    sys.exit(1)


def _owner(name: str, until_s: float) -> socket.socket:
    """Connect to the owner, if the directory is really the user's own; another lane may be about to make it."""
    ends = select.poll()
    for stream in (0, 1):
        ends.register(stream, 0)
    while True:
        try:
            return found(name)
        except FileNotFoundError:
            # The second is an end that is gone: nobody is left to wait for.
            if time.monotonic() > until_s or ends.poll(0):
                raise
        time.sleep(_LOOK_AGAIN_S)


def found(name: str) -> socket.socket:
    """
    Return a connection to the owner in the directory of this name.

    :raises OSError: there is none, or the directory is not private.
    """
    for place in PLACES:
        directory = os.path.join(place, name)
        try:
            status = os.lstat(directory)
        except OSError:
            continue
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != MODE:
            raise PermissionError("%s is not a private directory of ours" % directory)
        control = socket.socket(socket.AF_UNIX)
        try:
            control.connect(os.path.join(directory, SOCKET))
        except ConnectionRefusedError:
            remove(directory)
            break
        return control
    raise FileNotFoundError("the command is no longer there")


def remove(directory: str) -> None:
    """Take away where an owner was."""
    try:
        os.unlink(os.path.join(directory, SOCKET))
        os.rmdir(directory)
    except OSError:
        pass
