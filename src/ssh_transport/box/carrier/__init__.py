"""
What carries the bytes between this machine and a box: one login, and all that goes over it.

Two carriers: OpenSSH's own `ssh` wherever there is one, so that whatever a person's `ssh` can do every task can; and
Paramiko for machines without it. What stands above asks neither which one it is.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from . import gate, kept
from .carrier import Carrier, Login, Session

if TYPE_CHECKING:
    import paramiko

    from .target import Target

__all__ = ["Carrier", "Login", "Session", "kept", "open_carrier", "shown_host_key"]


def open_carrier(target: Target, login: Login) -> Carrier:
    """
    Log in to a target, after its host key was checked, or pinned at a first contact.

    :raises ReachError: it was not reached, its host key is not trusted, or the login was refused.
    """
    found = gate.current()
    return found.through(target, login, _connect) if found else _connect(target, login)


def shown_host_key(target: Target) -> paramiko.PKey:
    """
    Return the host key that the box presents, trusted or not, without logging in.

    :raises ReachError: the box does not answer.
    """
    from . import over_paramiko, over_ssh

    return over_ssh.shown_host_key(target) if shutil.which("ssh") else over_paramiko.shown_host_key(target)


def _connect(target: Target, login: Login) -> Carrier:
    from . import over_paramiko, over_ssh

    start_s = time.monotonic()
    made: Carrier = (over_ssh if _by_ssh(target, login) else over_paramiko).connect(target, login)
    made.login_s = time.monotonic() - start_s
    return made


def _by_ssh(target: Target, login: Login) -> bool:
    """Whether `ssh` is there and can be given what this login needs: a key that only Python holds it can't."""
    from . import over_ssh

    if not shutil.which("ssh") or target.given.get("pkey") or target.given.get("sock"):
        return False
    return not login.typed(target) or over_ssh.takes_answers()
