"""Jobs side by side in threads that another thread can stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from ssh_transport.box.beside import in_context
from ssh_transport.terminal.control import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# sshd drops logins at random once ten are under way (MaxStartups in sshd_config(5)).
_APART_S = 0.1
_TICK_S = 0.2
# First what shows progress ends by itself, which is quieter.
_PATIENT_S, _GRACE_S = 1.2, 5


def side_by_side(
    jobs: Sequence[Callable[[], None]], at_once: int, stop: threading.Event, end: Callable[[], None]
) -> None:
    """
    Run jobs in their order, so many at once; return when all are done. A job lets no exception out.

    On an exception here (Ctrl-C) `stop` is set, no further job begins, and those under way get some seconds to end.

    :param end: ends what the jobs wait for; called again and again.
    """
    waiting, gate = deque(jobs), threading.Lock()

    def work() -> None:
        while not stop.is_set():
            with gate:
                if not waiting:
                    return
                job = waiting.popleft()
                stop.wait(_APART_S)
            if not stop.is_set():
                job()

    # Daemons: one that hangs in a login must not keep the program from ending.
    threads = [in_context(work) for _ in range(min(at_once, len(jobs)))]
    try:
        for thread in threads:
            thread.start()
        caller = current()
        while _alive(threads):
            caller.check()
    except BaseException:
        stop.set()
        start = time.monotonic()
        while _alive(threads) and (passed_s := time.monotonic() - start) < _GRACE_S:
            if passed_s > _PATIENT_S:
                end()
        raise


def _alive(threads: Sequence[threading.Thread]) -> bool:
    """Wait a moment for the threads; return whether one still runs."""
    running = next((thread for thread in threads if thread.is_alive()), None)
    if running is not None:
        running.join(_TICK_S)
    return running is not None
