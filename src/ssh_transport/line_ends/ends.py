"""Counts and fixes the line ends of a script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from .script import BOM

_MARKS = re.compile(rb"(?:%b)*" % BOM)


@dataclass(frozen=True)
class Ends:
    r"""
    The number of line ends of each kind in a script.

    :param crlf: lines that end in a carriage return, one before ``\n`` or several, or at the end of the file.
    :param lf: lines that end in a bare ``\n``.
    :param cr: carriage returns elsewhere. Without any ``\n`` they are the line ends, as on old Macs; else they are
        inside lines, where they may be intended.
    :param bom: a byte order mark before the first line, which hides its ``#!``.
    """

    crlf: int = 0
    lf: int = 0
    cr: int = 0
    bom: bool = False

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Count the line ends of a script."""
        bom, newlines = data.startswith(BOM), data.count(b"\n")
        if not newlines:
            return cls(cr=data.count(b"\r"), bom=bom)
        lines = data.split(b"\n")
        bare = [line.rstrip(b"\r") for line in lines]
        crlf = sum(len(line) > len(without) for line, without in zip(lines, bare, strict=True))
        inside = sum(line.count(b"\r") for line in bare)
        return cls(crlf, newlines - crlf + data.endswith(b"\r"), inside, bom)

    @property
    def kinds(self) -> tuple[str, ...]:
        """``CRLF``, or ``mixed`` if there are bare LFs, too; ``CR``; ``BOM``; empty if a shell can read the script."""
        crlf = ("mixed" if self.lf else "CRLF",) if self.crlf else ()
        return (*crlf, *(("CR",) if self.cr else ()), *(("BOM",) if self.bom else ()))

    @property
    def lines(self) -> int:
        """The number of affected lines; carriage returns inside lines count each, a byte order mark as one."""
        return self.crlf + self.cr or int(self.bom)

    @property
    def is_fixable(self) -> bool:
        """Whether `fixed` changes anything."""
        return bool(self.crlf or self.bom or (self.cr and not self.keeps_cr))

    @property
    def keeps_cr(self) -> bool:
        """Whether `fixed` leaves carriage returns, which are those inside lines."""
        return bool(self.cr and (self.crlf or self.lf))


def fixed(data: bytes) -> bytes:
    """Return a script with LF line ends and no byte order mark; idempotent."""
    return as_lf(data[_MARKS.match(data).end() :])  # type: ignore[union-attr] # it always matches


def as_lf(data: bytes) -> bytes:
    r"""Return a script with LF line ends; carriage returns inside lines stay, unless the script has no ``\n``."""
    if b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return b"\n".join(line.rstrip(b"\r") for line in data.split(b"\n"))
