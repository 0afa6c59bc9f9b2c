"""What the end of an rsync means: exit codes as in rsync(1), and words on standard error."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ssh_transport import symptoms
from ssh_transport.errors import (
    CommandFailed,
    Incomplete,
    NoSpace,
    NoSuchPath,
    PermissionRefused,
    ReadOnly,
    TaskError,
    ToolMissing,
    UsageError,
)
from ssh_transport.text import count, one_line

from . import rsync_output
from .persist import Dropped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .request import Request

SOME_FAILED = frozenset({23, 24})
_USAGE, _LINK_CODES, _NOT_FOUND = 1, frozenset({10, 12, 20, 30, 35, 255}), 127
# The far rsync was killed, as a box does that is stopped or short of memory: 128 and the signal.
_KILLED = range(129, 160)
_LOOK: Mapping[type[TaskError], str] = {
    NoSpace: "df -h {path}; df -i {path}",
    ReadOnly: "findmnt -T {path}",
    PermissionRefused: "ls -lad {path}",
    NoSuchPath: "ls -la {path}",
}


def failure(  # noqa: PLR0911, PLR0913 - one line per class of failure, and all that tells the classes apart
    box: str, request: Request, root: str, code: int, stderr: str, *, progressed: bool = False
) -> TaskError:
    """
    Return the error that a failed rsync is.

    :param root: the directory to look at when a disk is the reason.
    :param progressed: whether the call brought the copy forward, for what another attempt can cure.
    """
    cause = _shortened(stderr) or f"rsync ended with code {code}"
    if error := symptoms.link_error_of(stderr):
        return error(f"`{box}` was not reached", box=box, cause=cause, hint=f"see why: ssh -v {box}")
    if code == _USAGE:
        return UsageError("rsync does not take these options", cause=cause)
    if code == _NOT_FOUND or "command not found" in stderr:
        return ToolMissing("no rsync on the box", box=box, cause=cause)
    dropped = code in _LINK_CODES or code < 0 or code in _KILLED
    # One file that could not be read is no reason not to go on after a cut; a full disk is.
    if error := symptoms.disk_error_of(stderr) if dropped else symptoms.error_of(stderr):
        where = "here" if request.pull else f"on `{box}`"
        look = _LOOK.get(error, "ls -la").format(path=shlex.quote(root))
        hint = f"look {where}: {look if request.pull else shlex.join(['ssh', box, look])}"
        return error(f"the copy to `{one_line(request.target)}` stopped", box=box, cause=cause, hint=hint)
    if dropped:
        return Dropped(box, cause, progressed=progressed)
    if dangling := only_dangling(stderr):
        return Incomplete(
            f"{count(len(dangling), 'symlink')} that should be followed lead to nothing; all else was copied",
            box=box,
            cause="\n".join(_few([one_line(path) for path in dangling])),
            hint="--exclude them, or leave --copy-links out to copy the links themselves",
        )
    if code in SOME_FAILED:
        return Incomplete("some files were not copied", box=box, cause=cause, hint="run it again")
    return CommandFailed(f"rsync ended with code {code}", box=box, cause=cause)


def only_dangling(stderr: str) -> list[str]:
    """Return the links that ``--copy-links`` could not follow, or none if rsync complained of anything else."""
    said = [line for line in stderr.splitlines() if line.strip() and not line.startswith("rsync error: some files")]
    found = [rsync_output.without_referent(line) for line in said]
    return found if all(found) else []


def _shortened(stderr: str) -> str:
    """Return the first and the last words of what rsync said."""
    return "\n".join(_few([line for line in stderr.splitlines() if line.strip()]))


def _few(lines: list[str]) -> list[str]:
    return lines if len(lines) <= 8 else [*lines[:4], "...", *lines[-3:]]  # noqa: PLR2004
