"""A server whose listings end before their end: `python -m tests.support.cut_sftp WAY NAME AFTER`."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from tests.support import sftp_server as sftp
from tests.support.sftp_server import Server, names, status

_CHECKOUT = Path(__file__).parents[2]


def of_a_server_that(way: str, name: str, after: int) -> list[str]:
    """
    Return the words of a server that lists a directory wrongly.

    :param way: a key of `WAYS`.
    """
    module = ("env", f"PYTHONPATH={_CHECKOUT}", sys.executable, "-S", "-m", "tests.support.cut_sftp")
    return [*module, way, name, str(after)]


class Cut(Server):
    """Answers READDIR of one directory in a way of `WAYS`: ten names at once, and the fault after so many answers."""

    def __init__(self, way: str, name: bytes, after: int) -> None:
        super().__init__()
        self._fault, self._goes_on = WAYS[way]
        self._name, self._after = name, after
        self._answered: dict[bytes, int] = {}

    def _readdir(self, ask: sftp.Ask) -> bytes:
        handle = ask.string()
        path, listing = self._handles[handle]
        assert not isinstance(listing, int)
        count = self._answered[handle] = self._answered.get(handle, -1) + 1
        is_torn = os.path.basename(path.rstrip(b"/")) == self._name
        if is_torn and (count == self._after or (count > self._after and not self._goes_on)):
            return status(ask.id, self._fault, b"made up")
        found = list(itertools.islice(listing, 10))
        return names(ask.id, found) if found else status(ask.id, sftp.EOF)


# What is said instead of names, and whether names come again behind it.
WAYS = {
    "ends a listing early": (sftp.EOF, False),
    "ends a listing, and goes on with it": (sftp.EOF, True),
    "fails in the middle of a listing": (sftp.FAILURE, False),
    "denies the rest of a listing": (sftp.PERMISSION_DENIED, False),
}


def main() -> None:
    """Serve."""
    way, name, after = sys.argv[1:]
    Cut(way, os.fsencode(name), int(after)).serve()


if __name__ == "__main__":
    main()
