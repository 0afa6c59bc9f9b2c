"""What a look at the scripts of a place found, and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from ssh_transport.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .ends import Ends

State = Literal["found", "fixed", "left"]

_KEPT = "carriage returns inside lines may be meant; write them as `\\r`, in a word of printf"
_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """
    One script that a shell can't read.

    :param name: relative to the place that was looked at.
    :param kinds: see `Ends.kinds`.
    :param lines: how many lines are hit.
    :param state: ``left`` is what was to be fixed and was not, or not wholly; `why` tells the reason.
    """

    name: str
    kinds: tuple[str, ...]
    lines: int
    state: State
    why: str = ""

    @classmethod
    def of(cls, name: str, ends: Ends, *, fixing: bool, failure: str = "") -> Self:
        """Tell what became of a script with these line ends, which were told before it was mended."""
        why = failure or (_KEPT if fixing and ends.keeps_cr else "")
        state: State = "found" if not fixing else "left" if why else "fixed"
        return cls(name, ends.kinds, ends.lines, state, why)

    def __str__(self) -> str:
        done = "" if self.state == "found" else f" ({self.state})"
        why = f": {one_line(self.why)}" if self.why else ""
        return f"{one_line(self.name)}: {', '.join(self.kinds)}, {count(self.lines, 'line')}{done}{why}"


@dataclass(frozen=True)
class Report:
    """All findings of one place in the order of their names, and what could not be looked at."""

    path: str
    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str, findings: Iterable[Finding], unread: Iterable[str]) -> Self:
        """Put everything in order."""
        return cls(path, tuple(sorted(findings, key=lambda finding: finding.name)), tuple(sorted(unread)))

    @property
    def left(self) -> tuple[Finding, ...]:
        """What is not fixed."""
        return tuple(finding for finding in self.findings if finding.state != "fixed")

    def __str__(self) -> str:
        fixed = len(self.findings) - len(self.left)
        done = f", {fixed:,} fixed" if fixed else ""
        found = f"{count(len(self.findings), 'shell script')} with line ends that no shell can read{done}"
        head = found if self.findings else "every shell script can be read by a shell (no change)"
        more = [f"and {len(self.unread) - _SHOWN:,} more"] if len(self.unread) > _SHOWN else []
        unread = [f"not looked at: {one_line(name)}" for name in self.unread[:_SHOWN]]
        return "\n  ".join([head, *map(str, self.findings), *unread, *more])
