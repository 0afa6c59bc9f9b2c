"""A short rest before a turn of the loop that would carry little. Runs on a box's Python 3.8."""

from __future__ import annotations

import select

from .descriptors import held_bytes

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional

_REST_MS = 2
# Less is talk, in which each word is waited for; more is worth a turn. What brings half of what it holds within a turn
# could be full before the rest is over, and would stand then.
_LITTLE_BYTES, _MUCH_BYTES = 1 << 14, 1 << 18


class Gathering:
    """
    Lets some more come where the last turn carried some, but not much.

    A turn costs the same whatever it carries, and `ssh` and rsync bring 32 KiB at a time.
    """

    def __init__(self) -> None:
        self._carried_bytes = 0
        self._held_bytes: Dict[int, int] = {}

    def reads(self, fd: int) -> None:
        """Take note of what is read from."""
        if fd not in self._held_bytes:
            self._held_bytes[fd] = held_bytes(fd)

    def forgets(self, fd: int) -> None:
        """Nothing is read from there any more."""
        self._held_bytes.pop(fd, None)

    def rest(self, carried_bytes: int, waits_for: Optional[int]) -> None:
        """
        Rest, if it pays.

        :param carried_bytes: so far, in both directions.
        :param waits_for: a descriptor that can't be written at the moment; when it can, the rest is over.
        """
        fresh, self._carried_bytes = carried_bytes - self._carried_bytes, carried_bytes
        most_bytes = min((_MUCH_BYTES, *(held // 2 for held in self._held_bytes.values())))
        if not _LITTLE_BYTES < fresh < most_bytes:
            return
        watched = select.poll()
        if waits_for is not None:
            watched.register(waits_for, select.POLLOUT)
        watched.poll(_REST_MS)
