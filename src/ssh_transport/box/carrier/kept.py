"""
Logins that are kept until the end of the command line, for the task that comes next.

Whoever takes one has it for themselves until they put it back.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from ssh_transport.terminal import command_line

from .ssh_call import ssh_call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .carrier import Carrier
    from .target import Target

# A link that was idle for longer may have broken unnoticed.
_FRESH_S = 5
# Each has a program and some open files; more boxes than that log in anew for the next task.
_MOST = 64

_Key = tuple[str, ...]
_kept: dict[_Key, list[tuple[float, Carrier]]] = defaultdict(list)
_lock = threading.Lock()


def put(target: Target, carrier: Carrier) -> bool:
    """Keep a login that stands; return whether it is kept, else the caller ends it."""
    # A key or socket that the caller handed over is nobody else's.
    if not carrier.is_alive or target.given.get("pkey") or target.given.get("sock"):
        return False
    with _lock:
        if sum(map(len, _kept.values())) >= _MOST or (not _kept and not command_line.at_end(close)):
            return False
        _kept[_key(target)].append((time.monotonic(), carrier))
    return True


def take(target: Target) -> Carrier | None:
    """Return a login to the same target that still stands, if there is one."""
    while True:
        with _lock:
            found = _kept.get(_key(target))
            if not found:
                return None
            since_s, carrier = found.pop()
        if carrier.is_alive and (time.monotonic() - since_s < _FRESH_S or carrier.answers()):
            return carrier
        carrier.close()


def close_unless_needed(target: Target) -> None:
    """End those to a target, if no task of this command line follows: of many boxes, each as soon as it is done."""
    if command_line.goes_on():
        return
    with _lock:
        found = _kept.pop(_key(target), [])
    _close([carrier for _, carrier in found])


def close() -> None:
    """End all of them."""
    with _lock:
        carriers = [carrier for found in _kept.values() for _, carrier in found]
        _kept.clear()
    _close(carriers)


def _close(carriers: Iterable[Carrier]) -> None:
    with contextlib.ExitStack() as stack:
        for carrier in carriers:
            stack.callback(carrier.close)


def _key(target: Target) -> _Key:
    """Return what must be the same: the name, and all that `ssh` would be told."""
    return target.resolved.name, target.address, *ssh_call(target)
