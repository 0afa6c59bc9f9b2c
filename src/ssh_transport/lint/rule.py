"""A rule: its texts, and a function that checks a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .script import Script


@dataclass(frozen=True)
class Hit:
    """A violation of a rule: the offset in the file, and one sentence that describes it."""

    offset: int
    message: str


@dataclass(frozen=True)
class Rule:
    """
    One rule.

    :param id: ``ST0nn`` for the contract, ``ST1nn`` for the known problem ``Tnn``, ``ST2nn`` for others.
    :param fix: what to do about it, in one line.
    :param bad: an example.
    :param good: the corrected example.
    :param is_advice: whether it is a custom of a team, and no fault: it is off unless it is selected.
    :param check: called for the file, and for each script in it that is sent to a box.
    """

    id: str
    subject: str
    fix: str
    bad: str
    good: str
    check: Callable[[Script], Iterator[Hit]]
    is_advice: bool = False

    @property
    def is_contract(self) -> bool:
        """Whether it is a rule about the file as a whole."""
        return self.id.startswith("ST0")
