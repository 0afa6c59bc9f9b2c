"""One finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ssh_transport.errors.commands import as_typed

Status = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """
    The result of one check.

    :ivar step: what was looked at.
    :ivar status: ``ok``, ``warning`` or ``failure``.
    :ivar seen: what was found.
    :ivar cause: why that is so; empty where it is ``ok``.
    :ivar fix: what to do about it; empty likewise.

    >>> config.doctor(c)[0].step
    'ssh here'
    """

    step: str
    status: Status
    seen: str
    cause: str = ""
    fix: str = ""

    def __str__(self) -> str:
        lines = [f"{self.status:8} {self.step}: {self.seen}"]
        lines += [f"         cause: {self.cause}"] if self.cause else []
        lines += [f"         fix: {self.fix}"] if self.fix else []
        return "\n".join(lines)


def ok(step: str, seen: str) -> Finding:
    """Return a finding that needs no fix."""
    return Finding(step, "ok", as_typed(seen))


def warning(step: str, seen: str, *, cause: str, fix: str) -> Finding:
    """Return a finding that works now, but may cause a failure later."""
    return Finding(step, "warning", seen, cause, as_typed(fix))


def failure(step: str, seen: str, *, cause: str, fix: str) -> Finding:
    """Return a finding that does not work."""
    return Finding(step, "failure", seen, cause, as_typed(fix))
