"""Runs scripts on a box whose output is long, and yields it as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors.translation import translated

from .answer import answered, failed, started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .box import Box
    from .carrier.carrier import Session


def stream(
    box: Box, script: str, *words: str, silence_s: float, is_over: Callable[[], bool] = lambda: False
) -> Generator[bytes, None, None]:
    """
    Start a POSIX `sh` script on the box as `shell.run` does, in a session of its own; return its output as it arrives.

    Closing the iterator ends the session, and so a script that is still writing.

    :param silence_s: how long the box may send nothing.
    :param is_over: whether nobody wants the answer any more, which is then a `ConnectionAbortedError`.
    :raises BoxError: the script exited with a failure.
    :raises LinkLost: the box sent nothing for `silence_s`, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """

    def begin() -> tuple[str, Session]:
        return started(box, script, words, None, silence_s)

    with translated(box.name):
        begun = begin()
    return checked(box, answered(box, begun, begin, silence_s=silence_s, is_over=is_over))


def checked(box: Box, said: Generator[bytes, None, tuple[int, str]]) -> Generator[bytes, None, None]:
    """Yield what `answered` does, and raise the error of a command that failed."""
    code, stderr = yield from said
    if code:
        raise failed(box, code, stderr)
