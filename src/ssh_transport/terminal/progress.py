"""How far a copy is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Progress:
    """
    How far a copy is; the engines update it, the progress display reads it.

    ``streams`` is the number of open connections, ``heals`` the number of those that were replaced.
    """

    total_bytes: int = 0
    done_bytes: int = 0
    wire_bytes: int = 0
    current: str = ""
    attempt: int = 1
    streams: int = 1
    heals: int = 0
