"""Runs short scripts on a box, and returns what they say as text; and what a person types to run one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import CommandFailed
from ssh_transport.errors.translation import translated

from .answer import answered, failed, started
from .tools import unfit_tool

if TYPE_CHECKING:
    from .box import Box
    from .carrier.carrier import Session

_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class Result:
    """The output and exit code of a command, without the output of login scripts."""

    stdout: str
    stderr: str
    exit_code: int


def run(
    box: Box, script: str, *words: str, check: bool = True, timeout_s: int = 45, limit_bytes: int = _MOST_BYTES
) -> Result:
    """
    Run a POSIX `sh` script on the box, at home; `words` are its ``$1``, ``$2``, and so on.

    :param limit_bytes: the most that the script has reason to print.
    :raises BoxError: the script exited with a failure and `check` is true; the class follows from its standard error.
    :raises ToolMissing: the script can't rely on a tool; see `tools`.
    :raises LinkLost: no answer came within `timeout_s`, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands (a shell-only proxy).
    """
    said = bytearray()
    with translated(box.name):

        def begin() -> tuple[str, Session]:
            return started(box, script, words, None, timeout_s, is_short=True)

        with contextlib.closing(answered(box, begin(), begin, silence_s=timeout_s, timeout_s=timeout_s)) as pieces:
            while True:
                try:
                    said += next(pieces)
                except StopIteration as end:
                    code, stderr = end.value
                    break
                if len(said) > limit_bytes:
                    raise CommandFailed(f"`{box.name}` says more than it was asked for", box=box.name)
    result = Result(said.decode("utf-8", "replace"), stderr, code)
    # What was to be found out is not known, whoever can bear a failure of the script itself.
    if code and (check or unfit_tool(code, stderr)):
        raise failed(box, code, result.stderr)
    return result
