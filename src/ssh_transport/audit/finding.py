"""One finding of the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ssh_transport.errors.commands import as_typed
from ssh_transport.text import one_line

HERE = "here"


@dataclass(frozen=True)
class Finding:
    """
    What was found where, why it matters, and the command that fixes it.

    :ivar where: ``here``, or the box.
    :ivar severity: a ``failure`` should not be there; a ``warning`` may.
    :ivar place: a path or ``PATH:LINE``; it never contains the value of a secret.
    :ivar what: what lies there, in words.
    :ivar why: what may come of it.
    :ivar fix: a command, or what else to do.

    >>> [found.where for found in hygiene.audit(c, on="proj-1") if found.severity == "failure"]
    []
    """

    where: str
    severity: Literal["warning", "failure"]
    place: str
    what: str
    why: str
    fix: str

    def __post_init__(self) -> None:
        """Have the fix name the program that was typed."""
        object.__setattr__(self, "fix", as_typed(self.fix))

    def __str__(self) -> str:
        head = f"{self.severity:8} {one_line(self.place)}: {one_line(self.what)}"
        return f"{head}\n         cause: {one_line(self.why)}\n         fix: {one_line(self.fix)}"
