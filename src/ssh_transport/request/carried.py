"""What of a copy went by way of a relay."""

from __future__ import annotations

from dataclasses import dataclass

from ssh_transport.text import count, one_line, size


@dataclass(frozen=True)
class Carried:
    """
    What went by way of a relay, by its name.

    ``up_bytes`` and ``down_bytes`` is what was stored and fetched; what lay there from an earlier run is in neither.
    ``compared`` says how both ends were compared where the box itself could not be asked; else it is empty.
    """

    relay: str
    files: int
    parts: int
    up_bytes: int
    down_bytes: int
    compared: str = ""

    def __str__(self) -> str:
        moved = f"{size(self.up_bytes)} up, {size(self.down_bytes)} down"
        compared = f"; compared {self.compared}" if self.compared else ""
        return f"{count(self.files, 'file')} by way of {one_line(self.relay)} ({moved}){compared}"
