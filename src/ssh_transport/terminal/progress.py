"""How far a copy is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.text import size

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Progress:
    """
    How far a copy is; the engines update it, the display and `on_progress` read it.

    :ivar total_bytes: the size of what the plan says will be copied.
    :ivar done_bytes: how much of it is there.
    :ivar wire_bytes: what has crossed the link so far, in both directions.
    :ivar current: the name that is being copied.
    :ivar attempt: the number of the attempt, from 1 on.
    :ivar streams: the number of open connections.
    :ivar heals: the number of those that were replaced.
    :ivar wire_now: tells what has crossed the link by now, also where the engine is not heard of meanwhile.

    >>> seen = []
    >>> pulled = transfer.pull(c, path="ck/", to="a/", on="proj-1", on_progress=lambda box, now: seen.append(box))
    >>> set(seen)
    {'proj-1'}
    """

    total_bytes: int = 0
    done_bytes: int = 0
    wire_bytes: int = 0
    current: str = ""
    attempt: int = 1
    streams: int = 1
    heals: int = 0
    wire_now: Callable[[], int] | None = None


def arrived(done_bytes: int, total_bytes: int) -> str:
    """
    Return how much of a copy is there, in words; empty where that can't be said.

    rsync tells once a second how far it is, so that nothing told is not nothing arrived, and more is there. Of a copy
    that came by another way, or in two parts, what is done counts the other part too.
    """
    return f"at least {size(done_bytes)} of {size(total_bytes)} have arrived" if 0 < done_bytes <= total_bytes else ""
