"""The scripts with wrong line ends below one directory, and which of them were fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from ssh_transport.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .ends import Ends

State = Literal["found", "fixed", "left"]

_KEPT = "carriage returns inside lines may be intended; write them as `\\r`, in an argument of printf"
_LINKED = "another hard link keeps the old content, unless it is listed too"
_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """
    One script that a shell can't read.

    :param name: relative to the directory.
    :param kinds: see `Ends.kinds`.
    :param lines: the number of affected lines.
    :param state: ``left`` was to be fixed and was not, or not completely; `why` is the reason, or what is left of it.
    """

    name: str
    kinds: tuple[str, ...]
    lines: int
    state: State
    why: str = ""

    @classmethod
    def of(cls, name: str, ends: Ends, *, fixing: bool, failure: str = "", is_linked: bool = False) -> Self:
        """Make a finding for a script that had these line ends before it was fixed."""
        why = failure or (_KEPT if fixing and ends.keeps_cr else "")
        state: State = "found" if not fixing else "left" if why else "fixed"
        return cls(name, ends.kinds, ends.lines, state, why or (_LINKED if fixing and is_linked else ""))

    def __str__(self) -> str:
        done = "" if self.state == "found" else f" ({self.state})"
        why = f": {one_line(self.why)}" if self.why else ""
        return f"{one_line(self.name)}: {', '.join(self.kinds)}, {count(self.lines, 'line')}{done}{why}"


@dataclass(frozen=True)
class Report:
    """
    All findings below one path, sorted by name, and what could not be read.

    :ivar path: it, as it was named.
    :ivar findings: the scripts with Windows line ends or a byte order mark.
    :ivar unread: names of what could not be read.

    >>> hygiene.crlf(c, path="mine").findings
    ()
    """

    path: str
    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str, findings: Iterable[Finding], unread: Iterable[str]) -> Self:
        """Make a report with everything sorted."""
        return cls(path, tuple(sorted(findings, key=lambda finding: finding.name)), tuple(sorted(unread)))

    @property
    def remaining(self) -> tuple[Finding, ...]:
        """The findings that are not fixed."""
        return tuple(finding for finding in self.findings if finding.state != "fixed")

    def __str__(self) -> str:
        fixed = len(self.findings) - len(self.remaining)
        done = f", {fixed:,} fixed" if fixed else ""
        found = f"{count(len(self.findings), 'shell script')} with line ends that no shell can read{done}"
        other = "other " if self.unread else ""
        head = found if self.findings else f"every {other}shell script can be read by a shell (no change)"
        more = [f"and {len(self.unread) - _SHOWN:,} more"] if len(self.unread) > _SHOWN else []
        unread = [f"not read: {one_line(name)}" for name in self.unread[:_SHOWN]]
        return "\n  ".join([head, *map(str, self.findings), *unread, *more])
