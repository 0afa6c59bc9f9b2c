"""
What carries the bytes between this machine and a box: one login, and all that goes over it.

Three carriers: OpenSSH's own `ssh` wherever there is one, so that whatever a person's `ssh` can do every task can; the
same at a terminal, for boxes that give nothing else; and Paramiko for machines without it. What stands above asks
neither which one it is.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from . import gate, kept
from .carrier import Carrier, Login, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

    from .target import Target

__all__ = ["Carrier", "Login", "Session", "by_terminal", "kept", "open_carrier", "shown_host_key"]


def open_carrier(target: Target, login: Login) -> Carrier:
    """
    Log in to a target, after its host key was checked, or pinned at a first contact.

    :raises ReachError: it was not reached, its host key is not trusted, or the login was refused.
    """
    found = gate.current()
    return found.through(target, login, _connect) if found else _connect(target, login)


def by_terminal(target: Target, carrier: Carrier) -> Carrier | None:
    """
    Return what carries commands by a terminal over the same login, if the box gives one.

    :raises EndpointTooWeak: it gives one, by which nothing can be carried.
    """
    from . import over_terminal

    return over_terminal.beside(target, carrier)


def shown_host_key(target: Target) -> paramiko.PKey:
    """
    Return the host key that the box presents, trusted or not, without logging in.

    :raises ReachError: the box does not answer.
    """
    from . import over_paramiko, presented_key

    return presented_key.shown_host_key(target) if shutil.which("ssh") else over_paramiko.shown_host_key(target)


def _connect(target: Target, login: Login) -> Carrier:
    start_s = time.monotonic()
    made = _way_to(target, login)(target, login)
    made.login_s = time.monotonic() - start_s
    return made


def _way_to(target: Target, login: Login) -> Callable[[Target, Login], Carrier]:
    from . import over_paramiko, over_ssh, over_terminal

    if not _by_ssh(target, login):
        return over_paramiko.connect
    return over_terminal.connect if over_terminal.is_due(target) else over_ssh.connect


def _by_ssh(target: Target, login: Login) -> bool:
    """Whether `ssh` is there and can be given what this login needs: a key that only Python holds it can't."""
    from . import ssh_login

    if not shutil.which("ssh") or target.given.get("pkey") or target.given.get("sock"):
        return False
    return not login.typed(target) or ssh_login.takes_answers()
