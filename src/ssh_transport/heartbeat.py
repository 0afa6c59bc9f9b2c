"""Commands that may work for an hour without a word: a box that is busy is told from a link that is dead."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import TYPE_CHECKING

from .facts.round_trip import round_trip_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .box import Box


@contextlib.contextmanager
def listening(box: Box, silence_s: float) -> Iterator[None]:
    """
    Break the connection once its other end has answered nothing for `silence_s`, whatever runs inside.

    What waits on the connection then fails as after a cut. A box that answers is waited for.
    """
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(box, silence_s, done), daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()


def _watch(box: Box, silence_s: float, done: threading.Event) -> None:
    heard = time.monotonic()
    connection = box.connection
    while not done.wait(silence_s / 4):
        if not connection.is_connected:
            return
        if round_trip_s(box) < math.inf:
            heard = time.monotonic()
        elif time.monotonic() - heard >= silence_s and not done.is_set():
            connection.client.close()
            return
