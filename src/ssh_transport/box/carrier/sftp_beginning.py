"""Where an SFTP server begins to speak, behind what start-up files print: bash reads ~/.bashrc for a subsystem too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# SSH_FXP_VERSION, 3: the first that a server says (draft-ietf-secsh-filexfer-02, 4).
_VERSION = re.compile(rb"\x00\x00..\x02\x00\x00\x00\x03", re.DOTALL)
_VERSION_BYTES = 9
_NOISE_BYTES = 1 << 16


class Beginning:
    """
    Reads what a server says.

    :param read: returns no more than so many bytes of it, and none at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._first: bytes | None = None

    def read(self, count: int) -> bytes:
        """Return no more than so many bytes, from the server's first on; if it says none, what was said instead."""
        if self._first is None:
            self._first = self._found()
        if not self._first:
            return self._read(count)
        said, self._first = self._first[:count], self._first[count:]
        return said

    def _found(self) -> bytes:
        said = b""
        while len(said) < _NOISE_BYTES and (piece := self._read(1)):
            said += piece
            if _VERSION.fullmatch(said, max(0, len(said) - _VERSION_BYTES)):
                return said[-_VERSION_BYTES:]
        return said
