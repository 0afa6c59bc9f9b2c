"""Where an SFTP server begins to speak, behind what start-up files print: bash reads ~/.bashrc for a subsystem too."""

from __future__ import annotations

import os
import re
import select
import time

# SSH_FXP_VERSION and a number: the first that a server says (draft-ietf-secsh-filexfer-02, 4).
_VERSION = re.compile(rb"\x00\x00..\x02\x00\x00\x00.", re.DOTALL)
_VERSION_BYTES = 9
_NOISE_BYTES = 1 << 16
# From the first that is printed on.
_SOON_S = 5


class Beginning:
    """
    What a server says first; it is looked for when some of it is asked for.

    :param fd: the descriptor that it comes from, of which nothing was read yet.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._said: bytes | None = None

    def take(self, count: int) -> bytes:
        """
        Return no more than so many bytes of it, and none once it was returned: the rest is to be read.

        Where no server speaks, it is what was said instead.
        """
        if self._said is None:
            self._said = self._found()
        said, self._said = self._said[:count], self._said[count:]
        return said

    def _found(self) -> bytes:
        said, until_s = b"", 0.0
        while len(said) < _NOISE_BYTES:
            if said and not select.select([self._fd], [], [], max(0, until_s - time.monotonic()))[0]:
                break
            if not (piece := os.read(self._fd, 1)):
                break
            until_s = until_s or time.monotonic() + _SOON_S
            said += piece
            if _VERSION.fullmatch(said, max(0, len(said) - _VERSION_BYTES)):
                return said[-_VERSION_BYTES:]
        return said
