"""What an operation returns: the state that holds now, and whether anything was changed for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A state that holds now, and whether it had to be brought about."""

    state: str
    made: bool

    def __str__(self) -> str:
        return self.state if self.made else f"{self.state} (no change)"
