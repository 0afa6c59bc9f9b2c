"""A rate that several copies keep to together: those of this process, and the programs that carry their bytes."""

from __future__ import annotations

import tempfile
from typing import Self

from . import payer


class SharedRate:
    """What copies share, in a ``with``: the file of `payer`."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed as this is
        # A disk that is full is told here, and not by a program that carries bytes.
        self._file.write(bytes(payer.SIZE_BYTES))
        self.fd = self._file.fileno()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def wait_s(self, bytes_s: float, count: int) -> float:
        """See `payer.taken`."""
        return payer.taken(self.fd, bytes_s, count)
