"""Runs scripts on a box that read and write bytes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.errors.translation import translated

from .answer import answered, started
from .stream import checked

if TYPE_CHECKING:
    from .box import Box
    from .carrier.carrier import Session


def run(  # noqa: PLR0913 - what goes in, what may come out, how long
    box: Box, script: str, *words: str, data: bytes = b"", limit_bytes: int, silence_s: float, timeout_s: float
) -> bytes:
    """
    Run a POSIX `sh` script on the box with `data` as its standard input, and return its standard output.

    As in `shell.run`, `words` are its ``$1``, ``$2``, and the output of login scripts is left out.

    :param limit_bytes: the most that the script is expected to write; reading stops when a box sends more.
    :param silence_s: how long the box may send nothing.
    :param timeout_s: how long the whole command may take.
    :raises BoxError: the script exited with a failure; the class follows from its standard error.
    :raises LinkLost: the box sent nothing for `silence_s`, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    output = bytearray()
    with translated(box.name):

        def begin() -> tuple[str, Session]:
            return started(box, script, words, data, silence_s, is_short=True)

        pieces = answered(box, begin(), begin, silence_s=silence_s, timeout_s=timeout_s)
        with contextlib.closing(checked(box, pieces)) as said:
            for piece in said:
                output += piece
                if len(output) > limit_bytes:
                    what, hint = f"`{box.name}` sends more than it said", "is the file still being written?"
                    raise Incomplete(what, box=box.name, hint=hint)
    return bytes(output)
