"""What the end of an rsync means: exit codes as in rsync(1), and words on standard error."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from ssh_transport.errors import (
    CommandFailed,
    Incomplete,
    LinkLost,
    NoSpace,
    NoSuchPath,
    PermissionRefused,
    ReadOnly,
    TaskError,
    ToolMissing,
    UsageError,
    symptoms,
)
from ssh_transport.link.persist import Dropped
from ssh_transport.text import count, one_line

from . import output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.errors.symptoms import Meaning
    from ssh_transport.errors.symptoms.symptom import Symptom
    from ssh_transport.request.request import Request

SOME_FAILED = frozenset({23, 24})
_USAGE, _LINK_CODES, _NOT_RUN, _NOT_FOUND = 1, frozenset({10, 12, 20, 30, 35, 125, 255}), 126, 127
# Both sides have understood each other by then: what a shell or `ssh` said before is no reason.
_BOTH_RAN = frozenset({3, 11, 23, 24, 25, 30, 35})
# The box's rsync was killed, as a box does that is stopped or short of memory: 128 and the signal.
_KILLED = range(129, 160)
# All that rsync, or scp, itself says of a cause; a login script's complaints come on the same stream.
_OWN = re.compile(r"rsync\b|scp: |file has vanished: |symlink has no referent: ")
# Of what has arrived: a container or a disk that keeps no owners, modes or times.
_OF_ATTRIBUTES = re.compile(r"\b(?:chown|chgrp) \"|failed to set (?:times|permissions|acl|xattr)|\bset_(?:acl|xattr)")
# What only the side that reads says.
_BY_SENDER = re.compile(
    r"\[sender\]|send_files failed|change_dir .* failed|link_stat .* failed|opendir .* failed|readlink_stat"
)
# What the same again does not change.
_NO_BETTER = (
    (
        r"Input/output error",
        "a disk has faults: see dmesg on that side; --exclude what lies on them, and copy the rest",
    ),
    (
        r"could not make way for",
        "a directory that is not empty stands at the target where a file goes: move it away, or name another --to",
    ),
    (r"File name too long|Invalid argument", "rename what is named above, or copy to another file system"),
)
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
    cause = shortened(stderr) or f"rsync ended with code {code}"
    dropped = code in _LINK_CODES or code < 0 or code in _KILLED
    meant = None if code in _BOTH_RAN or code < 0 else symptoms.meaning(stderr, code)
    if meant and _outweighs_a_cut(meant.symptom, progressed=progressed):
        return meant.error(box)
    if code in {_NOT_RUN, _NOT_FOUND}:
        what = "no rsync on the box" if code == _NOT_FOUND else "the rsync on the box can't be run"
        return ToolMissing(what, box=box, cause=cause, hint="--install-rsync puts it there")
    own = "\n".join(line for line in stderr.splitlines() if _OWN.match(line) and not _OF_ATTRIBUTES.search(line))
    if code == _USAGE and "rsync" in own:
        return UsageError("rsync does not take these options", cause=cause)
    # One file that could not be read is no reason not to go on after a cut; a full disk is.
    if error := symptoms.disk_error_of(own) if dropped else symptoms.error_of(own):
        return error(
            f"the copy to `{one_line(str(request.target))}` stopped",
            box=box,
            cause=cause,
            hint=_look(request, root, error, own),
        )
    if dropped:
        return _dropped(box, cause, meant, progressed=progressed)
    if dangling := only_dangling(stderr):
        return Incomplete(
            f"{count(len(dangling), 'symlink')} that should be followed lead to nothing; all else was copied",
            box=box,
            cause="\n".join(_few([one_line(path) for path in dangling])),
            hint="--exclude them, or leave --copy-links out to copy the links themselves",
        )
    if code in SOME_FAILED:
        return Incomplete("some files were not copied", box=box, cause=cause, hint=_again(own))
    return CommandFailed(f"rsync ended with code {code}", box=box, cause=cause)


def _again(own: str) -> str:
    """Return what to do about files that were not copied."""
    return next((hint for pattern, hint in _NO_BETTER if re.search(pattern, own)), "run it again")


def _outweighs_a_cut(symptom: Symptom, *, progressed: bool) -> bool:
    """Whether it is told as itself: what no other attempt can cure, and a box that was not even found."""
    if symptom.says_little or issubclass(symptom.error, LinkLost):
        return False
    return symptom.is_permanent or (symptom.stage == "way" and not progressed)


def _dropped(box: str, said: str, meant: Meaning | None, *, progressed: bool) -> Dropped:
    if meant is None or meant.symptom.says_little:
        return Dropped(box, said, progressed=progressed)
    found = meant.error(box)
    dropped = Dropped(box, found.cause, progressed=progressed, what=found.what, hint=found.hint)
    dropped.is_permanent = found.is_permanent
    return dropped


def _look(request: Request, root: str, error: type[TaskError], stderr: str) -> str:
    """Return what to type to look at the end that is meant: rsync names its sender where the source is at fault."""
    at_source = error is not NoSpace and _BY_SENDER.search(stderr) is not None
    end, path = (request.source, request.source.path) if at_source else (request.target, root)
    look = _LOOK.get(error, "ls -la").format(path=shlex.quote(path))
    return f"look on `{end.name}`: {shlex.join(['ssh', end.name, look])}" if end.name else f"look here: {look}"


def check_bound(box: str, seen: output.Progress, *, pulls: bool) -> None:
    """
    Cut off a sender that does not stop where it said.

    :raises Incomplete: it sends more than it announced.
    """
    if seen.is_too_much:
        who = f"`{box}`" if pulls else "this machine"
        what, hint = f"{who} sends more than it announced", "is a file still being written? then run it again"
        raise Incomplete(what, box=box, cause=f"{seen.percent} %", hint=hint)


def is_wordless(code: int, stderr: str) -> bool:
    """Whether nothing at all came from the other side."""
    return code in _LINK_CODES and "(0 bytes received so far)" in stderr


def wordless(box: str) -> CommandFailed:
    """Return the error that an rsync on the box is which ends well without a word: the link is not to blame."""
    return CommandFailed(
        f"rsync on `{box}` ended at once without a word, and with success",
        box=box,
        cause="it does not speak rsync's protocol: an alias, a wrapper or a forced command stands in its place",
        hint=f"see what it is: ssh {box} 'command -v rsync; rsync --version'",
    )


def only_dangling(stderr: str) -> list[str]:
    """Return the links that ``--copy-links`` could not follow, or none if rsync complained of anything else."""
    said = [line for line in stderr.splitlines() if line.strip() and not line.startswith("rsync error: some files")]
    # Two that carried the same call may both have heard of one.
    found = list(dict.fromkeys(output.without_referent(line) for line in said))
    return found if all(found) else []


def shortened(stderr: str) -> str:
    """Return the first and the last words of what rsync said."""
    return "\n".join(_few([line for line in stderr.splitlines() if line.strip()]))


def _few(lines: list[str]) -> list[str]:
    return lines if len(lines) <= 8 else [*lines[:4], "...", *lines[-3:]]  # noqa: PLR2004
