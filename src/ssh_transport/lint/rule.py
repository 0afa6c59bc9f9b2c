"""A rule: its texts, and a function that checks a script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .syntax import SyntaxNode, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .script import Script

_NAME = re.compile(r"\$(?:\{(\w+)(?:\[[@*]\])?(?::?-[^{}$]*)?\}|(\w+))")
_LEVELS = 4
_LONGEST_CHARS = 4096


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


class Variables:
    """The values that a script assigns; of several the last, as it stands in the text."""

    def __init__(self, script: Script) -> None:
        self._values: dict[str, str] = {}
        for at in script.nodes:
            name, value = at.node.child_by_field_name("name"), at.node.child_by_field_name("value")
            if at.kind == "variable_assignment" and name is not None and value is not None:
                called = (name.text or b"").decode("utf-8", "replace")
                text = Word(SyntaxNode(value, at, at.source)).text
                self._values[called] = text.strip("()") if value.type == "array" else text

    def filled_in(self, text: str) -> str:
        """Return a text with the values of the variables that are known; the others stay as they are written."""
        for _ in range(_LEVELS):
            filled = _NAME.sub(lambda found: self._values.get(found[1] or found[2], found[0]), text)
            if filled == text or len(filled) > _LONGEST_CHARS:
                break
            text = filled
        return text
