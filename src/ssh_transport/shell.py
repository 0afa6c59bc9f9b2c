"""The door through which words reach a shell on a box: every word quoted, nothing read from our standard input."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from . import symptoms
from .boundary import translated
from .errors import CommandFailed, EndpointTooWeak, LinkLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .box import Box
    from .errors import TaskError


@dataclass(frozen=True)
class Result:
    """What a command on a box said: text without what login scripts print around it."""

    stdout: str
    stderr: str
    exit_code: int


def run(box: Box, script: str, *words: str, check: bool = True, timeout_s: int = 45) -> Result:
    """
    Run a POSIX `sh` script on the box; `words` are its ``$1``, ``$2``, and so on.

    The output is framed by a marker, because a remote ``.bashrc`` may print before it.

    :raises BoxError: the script ended with a failure and `check` is true; the class tells why where stderr does.
    :raises LinkLost: no answer came in time, or none at all.
    :raises EndpointTooWeak: the endpoint runs no commands (a shell-only proxy).
    """
    marker, line = framed(script, words)
    with translated(box.name), box.within(timeout_s):
        done = box.connection.run(line, hide=True, warn=True, in_stream=False, pty=False, encoding="utf-8")
    if done.exited < 0:
        # No exit status came: the channel ended with the link, not with the command.
        raise LinkLost(f"the connection to `{box.name}` broke", box=box.name)
    noise, found, stdout = done.stdout.partition(marker)
    result = Result(stdout, done.stderr, done.exited)
    if not found:
        raise runs_nothing(box, noise + done.stderr)
    if check and result.exit_code:
        raise failed(box, result.exit_code, result.stderr)
    return result


def framed(script: str, words: Sequence[str]) -> tuple[str, str]:
    """Return a marker, and the command line that says it and then runs the script."""
    marker = uuid4().hex
    # In two halves, so that a proxy that echoes the command has not run it.
    marked = f"printf %s%s {marker[:16]} {marker[16:]}\n{script}"
    return marker, shlex.join(["sh", "-c", marked, "sh", *words])


def failed(box: Box, exit_code: int, stderr: str) -> TaskError:
    """Return the error for a script that ended with a failure."""
    error = symptoms.error_of(stderr) or CommandFailed
    return error(f"a command failed with exit code {exit_code}", box=box.name, cause=stderr)


def runs_nothing(box: Box, said: str) -> EndpointTooWeak:
    """Return the error for an endpoint that took a command and did not run it."""
    return EndpointTooWeak(
        f"`{box.name}` runs no commands",
        cause=said.strip(),
        hint="this is what a shell-only proxy does: copy the direct TCP endpoint from the platform's console",
    )
