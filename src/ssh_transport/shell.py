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
    from .box import Box


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
    marker = uuid4().hex
    # In two halves, so that a proxy that echoes the command has not run it.
    framed = f"printf %s%s {marker[:16]} {marker[16:]}\n{script}"
    line = shlex.join(["sh", "-c", framed, "sh", *words])
    with translated(box.name), box.within(timeout_s):
        done = box.connection.run(line, hide=True, warn=True, in_stream=False, pty=False, encoding="utf-8")
    if done.exited < 0:
        # No exit status came: the channel ended with the link, not with the command.
        raise LinkLost(f"the connection to `{box.name}` broke", box=box.name)
    noise, found, stdout = done.stdout.partition(marker)
    result = Result(stdout, done.stderr, done.exited)
    if not found:
        raise EndpointTooWeak(
            f"`{box.name}` runs no commands",
            cause=(noise + done.stderr).strip(),
            hint="this is what a shell-only proxy does: copy the direct TCP endpoint from the platform's console",
        )
    if check and result.exit_code:
        error = symptoms.error_of(result.stderr) or CommandFailed
        raise error(f"a command failed with exit code {result.exit_code}", box=box.name, cause=result.stderr)
    return result
