"""What copies side by side may send together, and over how many connections each then goes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssh_transport.box import payer, share

from .streams import AUTO, wanted

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.box.share import SharedRate


class ThreadPayer(payer.Payer):
    """See `Payer`: for a thread of ours, which need not wait any more once it is told to `end`."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self._is_over = threading.Event()

    def wait(self, seconds: float) -> None:
        """See `Payer`."""
        self._is_over.wait(seconds)

    def end(self) -> None:
        """Wait no longer."""
        self._is_over.set()


@dataclass(frozen=True)
class Allowance:
    """
    One copy's.

    :ivar copies: how many are under way at most.
    """

    pace: SharedRate
    bytes_s: float
    copies: int

    def payer(self, *, ahead_of: int = 0) -> ThreadPayer:
        """Return what a thread of ours pays by; see `order`."""
        return ThreadPayer(*self.order(ahead_of=ahead_of)["payer"])

    def order(self, *, ahead_of: int = 0) -> dict[str, Any]:
        """
        Return what a program of ours is told; it inherits the descriptor of `pace`.

        :param ahead_of: how much a box will send that does not wait to be asked.
        """
        ahead_bytes = payer.ahead_bytes(self.bytes_s, self.copies, ahead_of)
        return {"program": payer.__file__, "payer": [self.pace.fd, self.bytes_s, ahead_of, ahead_bytes]}


def allowance(box: Box, asked: str, limit: str) -> tuple[str, Allowance | None]:
    """
    Return for how many connections to ask, and what a copy has of the limit of all; `None` is a limit of its own.

    Copies that keep to a limit together go over one connection each: that it is slow is what was asked for.

    :param asked: the number that was asked for, which makes it a limit of its own.
    :param limit: as `share.bytes_per_s`.
    """
    found, bytes_s = share.pace() if limit else None, share.bytes_per_s(limit)
    if found is None or not bytes_s or wanted(box, asked) not in {AUTO, "1"}:
        return asked, None
    return "1", Allowance(found, bytes_s, share.copies())
