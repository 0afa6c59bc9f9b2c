"""Writes the receipt after a comparison: if it can't be written, the result stands, and that is an error of its own."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ssh_transport.errors import LocalFileError, NoSpace, TaskError, symptoms
from ssh_transport.link.persist import persist
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.link.persist import Patience

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Unwritten:
    """Why there is no receipt; ``box`` is where it should be, empty for this machine."""

    box: str
    why: str
    exit_code: int

    @classmethod
    def of(cls, fault: TaskError, box: str) -> Self:
        """Return it for an error."""
        is_full = isinstance(fault, NoSpace) or symptoms.disk_error_of(fault.cause) is NoSpace
        is_full = is_full or getattr(fault.__cause__, "errno", None) in _FULL
        why = f"{fault.what}: {fault.cause}" if fault.cause else fault.what
        return cls(box, one_line(why), NoSpace.exit_code if is_full else LocalFileError.exit_code)

    @property
    def error(self) -> TaskError:
        """The error to raise once the comparison was printed."""
        kind = NoSpace if self.exit_code == NoSpace.exit_code else LocalFileError
        hint = "all was compared; once it can be written, run the same command again: nothing is copied twice"
        return kind("the receipt could not be written", box=self.box, cause=self.why, hint=hint)


def kept(write: Callable[[int], str], patience: Patience, box: str) -> tuple[str, Unwritten | None]:
    """
    Write a receipt, through drops; return its path, or why it could not be written.

    :param write: called with the number of the attempt, 1 and up; returns the path.
    :param box: where it is written, by name; empty for this machine.
    """
    try:
        return persist(write, patience)[0], None
    except TaskError as fault:
        return "", Unwritten.of(fault, box)
