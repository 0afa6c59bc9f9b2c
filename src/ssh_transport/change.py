"""What an operation returns: the state that holds now, and whether anything was changed for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """
    A state that holds now, and whether it had to be brought about.

    :ivar state: the state, in a sentence.
    :ivar made: whether anything was changed; in a dry run, whether it would be.

    >>> keys.push(c, on="proj-1").made  # it was let in before
    False
    """

    state: str
    made: bool

    def __str__(self) -> str:
        return self.state if self.made else f"{self.state} (no change)"
