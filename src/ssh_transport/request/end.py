"""One end of a copy: a path on this machine or on a box, and how it is written: as for rsync, ``ALIAS:PATH``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import UsageError
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.box import Box
# An IPv6 address stands in brackets; before the colon of any other there is no slash, which only a path has.
_OPERAND = re.compile(r"(?P<box>(?:[^\[\]:/]*@)?\[[^\]/]*\]|[^\[:/]*):(?P<path>.*)", re.DOTALL)


@dataclass(frozen=True)
class End:
    """
    A path, and the box it is on; `None` is this machine.

    Here the path is absolute, on a box absolute or relative to the login user's home. A slash at the end of the source
    means its contents, as for rsync.
    """

    path: str
    box: Box | None = None

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return self.box is None

    @property
    def name(self) -> str:
        """The box's name; empty for this machine."""
        return self.box.name if self.box else ""

    @property
    def address(self) -> str:
        """Where it is, whatever it is called: ``user@host:port``, or ``here``."""
        return self.box.address if self.box else "here"

    def __str__(self) -> str:
        return f"{self.box.name}:{self.path.removeprefix('./') or '.'}" if self.box else self.path


class Operand(NamedTuple):
    """A box as a person names it, and a path on it; no path is the login user's home."""

    box: str
    path: str


def names_a_box(text: str) -> bool:
    """Whether it is meant as one."""
    return _OPERAND.fullmatch(text) is not None


def operand(text: str, flag: str) -> Operand:
    """
    Read ``[user@]ALIAS:PATH``; the path may hold colons, an IPv6 address stands in brackets.

    :param flag: where it was given, for the error.
    :raises UsageError: no box is named in it.
    """
    match = _OPERAND.fullmatch(text)
    if not match:
        raise UsageError(
            f"`{one_line(text)}` is a path of this machine, and {flag} wants one of a box, with a colon",
            hint=f"{flag}=ALIAS:PATH; from and to this machine: transfer.push and transfer.pull",
        )
    if not match["box"] or match["box"].endswith("@"):
        raise UsageError(f"no box is named in `{one_line(text)}`", hint=f"{flag}=ALIAS:PATH")
    return Operand(match["box"], match["path"] or "~")
