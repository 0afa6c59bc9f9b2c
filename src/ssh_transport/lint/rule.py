"""What a rule is: data for people, and one small function over a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .script import Script


@dataclass(frozen=True)
class Hit:
    """Where a rule struck: the offset in the file, and what is wrong there in one sentence."""

    place: int
    message: str


@dataclass(frozen=True)
class Rule:
    """
    One rule.

    :param id: ``ST0..`` is the contract, ``ST1nn`` the trap ``Tnn``, ``ST2..`` the rest.
    :param fix: what to do about it, in one line.
    :param bad: an example.
    :param good: the example, mended.
    :param strikes: asked once for the file, and for each script in it that goes to a box.
    """

    id: str
    subject: str
    fix: str
    bad: str
    good: str
    strikes: Callable[[Script], Iterator[Hit]]

    @property
    def is_contract(self) -> bool:
        """Whether it is about the file as a whole."""
        return self.id.startswith("ST0")
