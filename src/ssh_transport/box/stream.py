"""Runs scripts on a box whose output is long, and yields it as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors.translation import translated

from .answer import Answer, failed, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .box import Box
    from .carrier.carrier import Session


def stream(
    box: Box, script: str, *words: str, silence_s: float, is_over: Callable[[], bool] = lambda: False
) -> Iterator[bytes]:
    """
    Start a POSIX `sh` script on the box as `shell.run` does, in a session of its own; return its output as it arrives.

    Closing the iterator ends the session, and so a script that is still writing.

    :param silence_s: how long the box may send nothing.
    :param is_over: whether nobody wants the answer any more, which is then a `ConnectionAbortedError`.
    :raises BoxError: the script exited with a failure.
    :raises LinkLost: the box sent nothing for `silence_s`, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    with translated(box.name):
        marker, session = started(box, script, words, None, silence_s)
    return _said(session, checked(box, Answer(box, session, silence_s=silence_s, is_over=is_over), marker))


def checked(box: Box, answer: Answer, marker: str) -> Iterator[bytes]:
    """Yield what follows the marker, and raise the error of a command that failed."""
    code = yield from answer.after(marker)
    if code:
        raise failed(box, code, answer.stderr)


def _said(session: Session, said: Iterator[bytes]) -> Iterator[bytes]:
    with session:
        yield from said
