"""What stands at the target of a copy: as it was when both ends were looked at, and once all is copied."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.ends import Ends


class Standing:
    """
    The target.

    :param remote: what was seen of the box.
    :ivar is_copied: whether all is there by now.
    """

    def __init__(self, request: Request, ends: Ends, remote: RemoteEnd) -> None:
        self._is_pull, self._target, self._landing = request.target.is_here, request.target.path, ends.landing
        self._is_missing_there = remote.kind == "missing"
        there = ends.destination.directory
        # A directory that keeps its name is what the box was asked about; a file that does is in it.
        self._is_new_there = self._is_missing_there or not (ends.landing.name or there.exists)
        self._has_root_there = remote.leads_to_directory or (bool(ends.landing.name) and there.exists)
        self.is_copied = False
        # As of another copy of the same that left its mark.
        self._may_have_some = remote.is_marked

    def take_in(self) -> None:
        """See `Engine`."""
        self._may_have_some = True

    @property
    def is_first(self) -> bool:
        """Whether nothing can be there yet of what is copied."""
        if self.is_copied or (self._may_have_some and not self._is_pull):
            return False
        return not os.path.lexists(self._landing.path) if self._is_pull else self._is_new_there

    @property
    def is_there(self) -> bool:
        """Whether the target itself exists."""
        there = os.path.lexists(self._target) if self._is_pull else not self._is_missing_there
        return there or self.is_copied

    @property
    def has_root(self) -> bool:
        """Whether the directory exists that all names are below."""
        return self.is_copied or (not self._is_pull and self._has_root_there)
