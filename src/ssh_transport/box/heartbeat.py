"""Detects a dead link under commands that may print nothing for an hour."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .box import Box


@contextlib.contextmanager
def listening(box: Box, silence_s: float) -> Iterator[None]:
    """
    Close the connection once the server has answered nothing for `silence_s`.

    The commands in the block then fail as after a broken link. As long as the server answers, they may take any time.
    `ssh` itself looks after that (``ServerAliveInterval``); Paramiko does not.
    """
    if box.goes_by_ssh:
        yield
        return
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(box, silence_s, done), daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()


def _watch(box: Box, silence_s: float, done: threading.Event) -> None:
    heard = time.monotonic()
    carrier = box.carrier
    while not done.wait(silence_s / 4):
        if not carrier.is_alive:
            return
        if carrier.answers():
            heard = time.monotonic()
        elif time.monotonic() - heard >= silence_s and not done.is_set():
            carrier.close()
            return
