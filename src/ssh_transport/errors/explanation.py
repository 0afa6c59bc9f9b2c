"""The part of a known problem that is printed with an error; the profiles list the known problems."""

from __future__ import annotations

from typing import Protocol


class Explanation(Protocol):
    """A known problem."""

    @property
    def id(self) -> str:
        """Such as ``T6``."""

    @property
    def cause(self) -> str:
        """Why it happens."""

    @property
    def fix(self) -> str:
        """What to do about it."""
