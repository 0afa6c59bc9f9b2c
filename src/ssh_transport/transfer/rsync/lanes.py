"""Over how many connections the calls of one copy go: none is made before there is enough for it to carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.facts.content import MUCH_BYTES
from ssh_transport.facts.sizes import holds_over
from ssh_transport.link.allowance import allowance
from ssh_transport.link.lane_logins import lane_logins, lane_logins_already
from ssh_transport.link.streams import AUTO, LITTLE_BYTES, NEAR_S, Streams, streams, suited, wanted
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.request.request import Request

_MOST_NAMES = 100_000


class Lanes:
    """
    Those between this machine and a box.

    :ivar chosen: for a copy that carries much.
    :ivar pace: what a copy keeps to the rate of all by; `None` if it has its own.
    """

    def __init__(self, request: Request, remote: RemoteEnd) -> None:
        self._request, self._remote = request, remote
        self._asked, self.pace = allowance(request.box, request.options.streams, request.options.bwlimit)
        self.chosen = Streams() if self._is_one_of_many() else streams(request.box, self._asked, remote)

    @property
    def last_words(self) -> str:
        """What those said that were made beforehand."""
        logins = lane_logins_already(self._request.box)
        return logins.last_words if logins else ""

    def begin(self, total_bytes: int | None = None) -> None:
        """Let those log in, meanwhile, that a copy of so much will go over; of all that there is, if not known."""
        if self.chosen.first > 1:
            if total_bytes is None:
                total_bytes = MUCH_BYTES if self._carries_much() else 0
            suited = self.suited(total_bytes)
            # What goes over one takes the session that waits for the next script.
            if suited.most > 1:
                lane_logins(self._request.box).begin(suited.first)

    def suited(self, total_bytes: int) -> Streams:
        """Return how many there are for so much."""
        return suited(self._request.box, self._asked, self.chosen, total_bytes)

    def silence_s(self, total_bytes: int) -> int:
        """Return how long a copy of so much may be silent."""
        settings = TransferSettings.of(self._request.box.c)
        if self.suited(total_bytes).most == 1 and total_bytes <= LITTLE_BYTES:
            return settings.silence_s
        # Several connections may all be gone for as long as the far end keeps rsync.
        return settings.streams_grace_s + settings.silence_s

    def _is_one_of_many(self) -> bool:
        """
        Whether a little goes to one of several boxes: together they fill the line, each over one connection.

        While all of them log in, a near box may seem far.
        """
        is_open = wanted(self._request.box, self._asked) == AUTO
        return is_open and share.copies() > 1 and self._remote.round_trip_s > NEAR_S and not self._carries_much()

    def _carries_much(self) -> bool:
        """Whether a short look at the source shows it."""
        if self._request.target.is_here:
            return self._remote.holds_much
        return holds_over(self._request.source.path, limit_bytes=MUCH_BYTES, limit_names=_MOST_NAMES)
