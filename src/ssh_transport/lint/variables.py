"""What the variables of a script hold, as far as the script itself says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .syntax import SyntaxNode, Word

if TYPE_CHECKING:
    from .script import Script

_NAME = re.compile(r"\$(?:\{(\w+)(?:\[[@*]\])?(?::?-[^{}$]*)?\}|(\w+))")
_LEVELS = 4
_LONGEST_CHARS = 4096


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
