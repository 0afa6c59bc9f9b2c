"""What came of a spread on each box, or would come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.text import one_line, size
from ssh_transport.transfer.result import described

if TYPE_CHECKING:
    from ssh_transport.manifest import Verification
    from ssh_transport.request.carried import Carried

HEADINGS = ("box", "result", "size", "from", "seconds")


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """
    What one box got.

    :ivar box: the box, as it was named.
    :ivar source: what was spread.
    :ivar target: where it is now.
    :ivar way: ``tree``, ``each`` or ``relay``.
    :ivar why: why that was chosen.
    :ivar files: how many files it lacked.
    :ivar bytes: their size.
    :ivar links: how many symlinks it lacked.
    :ivar deletions: names that the source lacked.
    :ivar served_by: who sent the last of it: a box, a relay, or empty for this machine.
    :ivar via: what came by way of a relay, if anything.
    :ivar from_here_bytes: what this machine sent to it.
    :ivar seconds: when it was compared, from the plan on.
    :ivar verification: the comparison; a dry run has none.
    :ivar dry_run: whether nothing was sent.

    >>> transfer.spread(c, path="mine/", to="up/", on="proj-1").bytes
    4
    """

    box: str
    source: str
    target: str
    way: str
    why: str
    files: int
    bytes: int
    links: int
    deletions: tuple[str, ...] = ()
    served_by: str = ""
    from_here_bytes: int = 0
    seconds: float = 0.0
    verification: Verification | None = None
    via: Carried | None = None
    dry_run: bool = False

    @property
    def row(self) -> tuple[str, ...]:
        """It as a row under `HEADINGS`."""
        found = self.verification
        state = "dry run" if found is None else "compared equal" if found.comparison.arrived else "NOT all is there"
        return (self.box, state, size(self.bytes), self.served_by or "here", f"{self.seconds:.1f}")

    def __str__(self) -> str:
        what = described(self.files, self.bytes, self.links, len(self.deletions))
        where = f"{one_line(self.source)} -> {one_line(self.target)}"
        if self.dry_run:
            return f"dry run: {where}: {what} ({self.way})"
        whence = f"from {self.served_by}" if self.served_by else "from here"
        return f"{where}: {what} {whence} in {self.seconds:.1f} s ({self.way})\n{self.verification}"
