"""One end of a copy: a path on this machine or on a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssh_transport.box import Box


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
