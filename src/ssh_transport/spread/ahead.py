"""What the first box lacks is looked into, and stored in a relay, while others are still looked at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ssh_transport.box.beside import Beside, in_context
from ssh_transport.transfer.guard import content

if TYPE_CHECKING:
    from collections.abc import Collection

    from ssh_transport.request.request import Request

    from .look import Wanted
    from .relayed import Relay


class Ahead:
    """
    The first steps of a push to several boxes.

    :param relay: what all of it will go by way of, if that is sure by now.
    """

    def __init__(self, request: Request, relay: Relay | None) -> None:
        self._request, self._relay = request, relay
        self._first: Wanted | None = None
        self._looking: Beside[frozenset[str]] | None = None
        self._has_more = threading.Event()

    def lacks(self, wanted: Wanted) -> None:
        """Take in what one more box lacks."""
        if self._first is None:
            self._first = wanted
            self._looking = Beside(lambda: self._look_into(wanted))
        elif not wanted.files.items() <= self._first.files.items():
            self._has_more.set()

    def check(self, names: Collection[str]) -> None:
        """
        Look into what all boxes lack, as far as that was not done.

        :raises Guarded: a push would carry what it must not; then nothing has left that was not looked into.
        """
        known = self._looking.result() if self._looking else frozenset()
        if not known or not known.issuperset(names):
            content.check(self._request, sorted(frozenset(names) - known))

    def _look_into(self, wanted: Wanted) -> frozenset[str]:
        """Return what was looked into."""
        names = frozenset(wanted.plan.sources)
        content.check(self._request, sorted(names))
        if self._relay:
            in_context(self._relay.ahead, wanted.request, wanted.plan, self._has_more.is_set).start()
        return names
