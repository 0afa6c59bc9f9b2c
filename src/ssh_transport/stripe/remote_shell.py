"""The program that rsync takes for its remote shell: the near end, its signals, its exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from .frame import ProtocolError
from .near import GOODBYE_S, LOST, Near, Order, say
from .pump import READ

NOT_OURS = 91  # what came from the box is not what our far end sends
_AFTER_US_S = 0.001


class _Stopped(Exception):
    """Whoever started us wants an end."""


def _stop(*_: object) -> None:
    raise _Stopped


def main() -> int:
    """Be the remote shell: `[-l USER] HOST COMMAND...`; the exit code is the command's, or see above."""
    order = Order(**json.loads(os.environ.pop("SSH_TRANSPORT_LINK")))
    words = sys.argv[1:]
    behind_host = 3 if words[0] == "-l" else 1
    for fd in (0, 1):
        os.set_blocking(fd, False)
    near = Near(order, words[:behind_host], " ".join(words[behind_host:]))
    # The last is what an rsync that failed sends its remote shell.
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1)
    for number in signals:
        signal.signal(number, _stop)
    if order.lifeline is not None:
        near.selector.register(order.lifeline, READ, _stop)
    goodbye_s: float = GOODBYE_S
    try:
        code = near.run()
    except _Stopped:
        code = LOST
    except ProtocolError as exc:
        say(f"the box does not speak our protocol: {exc}")
        code, goodbye_s = NOT_OURS, 0
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
    if order.lifeline is not None:
        near.selector.unregister(order.lifeline)
    near.leave(goodbye_s)
    if near.sink is not None:
        _outlived()
    return code


def _outlived() -> None:
    """
    Let the stream end a moment after us.

    rsync asks for our exit code, without waiting, as soon as it sees the end of the stream.
    """
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(_AFTER_US_S)
        os._exit(0)
