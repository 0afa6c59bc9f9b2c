"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One step of an examination: what was seen, and unless all is well, why and what to do."""

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
    """All is well."""
    return Finding(step, "ok", seen)


def warning(step: str, seen: str, *, cause: str, fix: str) -> Finding:
    """It works, but it will hurt."""
    return Finding(step, "warning", seen, cause, fix)


def failure(step: str, seen: str, *, cause: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(step, "failure", seen, cause, fix)
