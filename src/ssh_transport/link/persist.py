"""
Trying again until it is done.

Not a retry library: what counts here is the attempts *without progress*, and a library counts attempts.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ssh_transport.errors import LinkLost, NameNotFound, ReachError, Refused, Unreachable
from ssh_transport.terminal import board
from ssh_transport.terminal.control import pause
from ssh_transport.terminal.report import say

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_LONGEST_WAIT_S = 60

# A box that reboots refuses, is unreachable, or has no name for a while. A refused login or a changed key stays.
_CURABLE = (LinkLost, Refused, Unreachable, NameNotFound)


class Dropped(LinkLost):
    """An attempt was cut off; `what` and `hint` are for where more is known than that."""

    def __init__(self, box: str, cause: str, *, progressed: bool, what: str = "", hint: str = "") -> None:
        super().__init__(what or f"the connection to `{box}` broke", box=box, cause=cause, hint=hint)
        self.progressed = progressed


@dataclass(frozen=True)
class Patience:
    """
    How long to keep trying.

    :param attempts: how many in a row may bring nothing new.
    :param give_up_after_s: how long that may last.
    :param sleep: what waits between two attempts, where something else than time can end the wait.
    """

    attempts: int
    give_up_after_s: float
    sleep: Callable[[float], None] | None = None


def persist(attempt: Callable[[int], _T], patience: Patience) -> tuple[_T, int]:
    """
    Call `attempt` with its number, 1 and up, until it returns; return that and the number.

    :raises LinkLost: patience is at its end.
    :raises TaskError: what retrying can't cure, at once.
    """
    number = fruitless = 0
    since = time.monotonic()
    while True:
        number += 1
        try:
            return attempt(number), number
        except _CURABLE as fault:
            if fault.is_permanent:
                raise
            if isinstance(fault, Dropped) and fault.progressed:
                fruitless, since = 0, time.monotonic()
            else:
                fruitless += 1
            tried_s = time.monotonic() - since
            if fruitless >= patience.attempts or (fruitless and tried_s >= patience.give_up_after_s):
                raise _given_up(fault, fruitless, tried_s) from fault
            wait_s = min(_LONGEST_WAIT_S, 2**fruitless) * random.uniform(0.5, 1)  # noqa: S311 - jitter
            say(f"{fault.box}: {_why(fault)}; attempt {number + 1} in {wait_s:.0f} s")
            board.tell(fault.box, "working", _why(fault))
            (patience.sleep or pause)(wait_s)


_NO_REASON = ("rsync", "Transferred: ", "Bytes per second: ", "debug1: ")


def _why(fault: ReachError) -> str:
    """Return what `ssh` said; where it said nothing, rsync's words, and `ssh`'s own sums, would not help anybody."""
    said = [line.strip().rstrip(".") for line in fault.cause.splitlines() if not line.startswith(_NO_REASON)]
    return next(filter(None, said), "the link broke or fell silent" if isinstance(fault, Dropped) else fault.what)


def _given_up(fault: ReachError, fruitless: int, tried_s: float) -> LinkLost:
    return LinkLost(
        f"gave up on `{fault.box}`: {fruitless} attempts in a row brought nothing new ({tried_s:.0f} s)",
        box=fault.box,
        cause=fault.cause or fault.what,
        hint="what has arrived is kept: run the same command again once the box answers",
    )
