"""
A shell that a start-up file has put in the place of every command: nothing typed behind `ssh ALIAS` is run.

`exec fish` at the end of `~/.bashrc` does so, which bash reads for the commands of an sshd too: bash(1), "Invocation".
A shell that takes its input line by line runs ours all the same; fish reads all of it first, and waits for its end.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import EndpointTooWeak

from .carrier.fed import Fed

if TYPE_CHECKING:
    from .box import Box
    from .carrier.carrier import Carrier

_TICK_S = 0.2
# What takes its input line by line runs the line in the first of these, what reads all of it in the second.
_OPEN_S, _ENDED_S = 2, 5


class Commands:
    """
    Whether commands run in the sessions of one login, as far as is known.

    :ivar have_run: whether one has.
    """

    def __init__(self, box: Box) -> None:
        # Elsewhere other things are in the way, and a login of its own would be needed to tell.
        can_ask = box.is_connected and box.goes_by_ssh and not box.goes_by_terminal
        self._carrier = box.carrier if can_ask else None
        self._lock = threading.Lock()
        self._are_replaced: bool | None = None
        self.have_run = False

    def are_replaced(self) -> bool:
        """Find out, once and in some seconds; a box that takes its time, or allows no second session, tells nothing."""
        with self._lock:
            if self._are_replaced is None:
                self._are_replaced = (
                    not self.have_run and self._carrier is not None and _reads_to_the_end(self._carrier)
                )
            return self._are_replaced

    def close(self) -> None:
        """Nothing is open."""


def error(box: Box) -> EndpointTooWeak:
    """Return the error of such a box."""
    return EndpointTooWeak(
        f"`{box.name}` runs no commands",
        box=box.name,
        cause="a start-up file there, such as ~/.bashrc, puts another shell in the place of each (`exec fish`?)",
        hint="let only people get it, by a line before that: [[ $- == *i* ]] || return",
    )


def _reads_to_the_end(carrier: Carrier) -> bool:
    """Whether a command is not run, and a line of its input only once that has ended."""
    token = uuid4().hex
    # In two halves, so that what only echoes does not say it.
    line = f"printf %s%s {token[:16]} {token[16:]}\n"
    said, begun_s, is_ended = b"", time.monotonic(), False
    try:
        with Fed(partial(carrier.over_login, "true")) as session:
            session.feed(line.encode(), last=False)
            for piece in session.pieces(_TICK_S):
                said += piece
                waited_s = time.monotonic() - begun_s
                if token.encode() in said or waited_s > _OPEN_S + _ENDED_S:
                    break
                if waited_s > _OPEN_S and not is_ended:
                    session.feed(b"", last=True)
                    is_ended = True
    except OSError:
        # Of a link that has gone others tell.
        return False
    return is_ended and token.encode() in said
