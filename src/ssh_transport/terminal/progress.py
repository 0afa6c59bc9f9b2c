"""How far a copy is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Progress:
    """
    How far a copy is; the engines update it, the progress display reads it.

    ``streams`` is the number of open connections, ``heals`` the number of those that were replaced. ``wire_now`` tells
    what has crossed the link by now, also where the engine is not heard of meanwhile.
    """

    total_bytes: int = 0
    done_bytes: int = 0
    wire_bytes: int = 0
    current: str = ""
    attempt: int = 1
    streams: int = 1
    heals: int = 0
    wire_now: Callable[[], int] | None = None
