"""Polite kills end things as Ctrl-C does; whoever has handlers of their own keeps them."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_POLITE = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def polite_kills_as_ctrl_c(*, is_last: bool = False) -> Iterator[None]:
    """
    Let SIGTERM and SIGHUP raise KeyboardInterrupt in the block, where they would kill us and leave things running.

    What is ignored stays ignored: that is how `nohup` works. A handler of the caller's stays, and is called.

    :param is_last: whether the program ends with the block anyhow; else the kill comes through once all is tidied up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    ours = [number for number in _POLITE if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
        if came and not is_last:
            signal.raise_signal(came[0])
