"""The program: rsync's remote shell, or what carries one command after another; its signals, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import NoReturn

from . import standing
from .descriptors import keep_open_behind_us, let_go
from .near import GOODBYE_S, LOST, NOT_OURS, SHORT_GOODBYE_S, Done, Near, Over, Stopped
from .order import Order
from .pump import READ


def main() -> int:
    """Run `[-l USER] HOST COMMAND...` and return the command's exit code; with `Order.control`, what comes there."""
    order = Order(**json.loads(os.environ.pop("SSH_TRANSPORT_LINK")))
    words = sys.argv[1:]
    behind_host = 0 if order.control is not None else 3 if words[0] == "-l" else 1
    # Elsewhere, so that no pipe of an `ssh` gets the number of what has ended.
    stdin, stdout = os.dup(0), os.dup(1)
    let_go(0, 1)
    for fd in (stdin, stdout):
        os.set_blocking(fd, False)
    near = Near(order, words[:behind_host])
    goodbye_s: float = GOODBYE_S
    # The last is what an rsync that failed sends its remote shell.
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1)
    for number in signals:
        signal.signal(number, _stop)
    if order.lifeline is not None:
        near.selector.register(order.lifeline, READ, _stop)
    try:
        if order.control is None:
            code = near.run(os.fsencode(" ".join(words[behind_host:])), stdin, stdout)
        else:
            standing.serve(near, socket.socket(fileno=order.control))
    except Over as exc:
        (code,) = exc.args
        needs_none = code == NOT_OURS or isinstance(exc, Done)
        goodbye_s = 0 if needs_none else SHORT_GOODBYE_S if isinstance(exc, Stopped) else GOODBYE_S
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
    if order.lifeline is not None:
        near.selector.unregister(order.lifeline)
    near.leave(goodbye_s)
    if near.sink is not None:
        keep_open_behind_us()
    return code


def _stop(*_: object) -> NoReturn:
    raise Stopped(LOST)
