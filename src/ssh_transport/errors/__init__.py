"""
The tree of our errors with their exit codes, and the translation of other libraries' exceptions into them.

::

    TaskError                        exit code
    ├── UsageError                        2    the arguments of a command are wrong
    │   ├── NoTarget                      3    no box was named
    │   ├── SettingsError                 4    a setting is unknown or has a wrong value
    │   ├── EndpointError                 5    a pasted connection string can't be read
    │   ├── AliasError                    6    an alias exists, is missing, or is not ours
    │   └── Guarded                       7    a push would carry a credential, or land on a home
    ├── ReachError                             the box was not reached
    │   ├── NameNotFound                 10
    │   ├── Refused                      11
    │   ├── Unreachable                  12
    │   ├── LoginRefused                 13
    │   ├── HostKeyChanged               14
    │   ├── LinkLost                     15    it was reached, then lost, and retrying did not help
    │   ├── EndpointTooWeak              16    it was reached, but can't do what is asked
    │   └── HostKeyUnknown               17    a secret was to go to a box whose host key is not pinned
    ├── BoxError                               the box, or this machine, refused or failed
    │   ├── CommandFailed                20
    │   ├── NoSuchPath                   21
    │   ├── PermissionRefused            22
    │   ├── NoSpace                      23
    │   ├── ReadOnly                     24
    │   ├── Incomplete                   25    some files could not be copied
    │   ├── Unhealthy                    26    a check found a failure
    │   └── Different                    27    both ends were compared and are not the same
    ├── Findings                          1    the lint found something to fix (and Invoke, for a task of others)
    ├── LocalError                             this machine is not ready
    │   ├── LocalFileError               30
    │   ├── ToolMissing                  31
    │   └── AlreadyRunning               32
    ├── SeveralFailed                          some of several boxes failed: the highest of their exit codes
    ├── Defect                           70    a fault in ssh-transport itself
    └── Interrupted                     130    Ctrl-C or SIGTERM
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from .task_error import TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UsageError(TaskError):
    """The arguments of a command are wrong."""

    exit_code = 2


class NoTarget(UsageError):
    """No box was named."""

    exit_code = 3


class SettingsError(UsageError):
    """A setting is unknown or has a wrong value."""

    exit_code = 4


class EndpointError(UsageError):
    """A pasted connection string can't be read."""

    exit_code = 5


class AliasError(UsageError):
    """An alias exists, is missing, is not ours, or would not take effect."""

    exit_code = 6


class Guarded(UsageError):
    """A push was refused because of what it would carry, or where it would land."""

    exit_code = 7


class ReachError(TaskError):
    """The box was not reached."""


class NameNotFound(ReachError):
    """The host name does not resolve."""

    exit_code = 10


class Refused(ReachError):
    """Nothing listens on the port."""

    exit_code = 11


class Unreachable(ReachError):
    """The network gave no answer, or not the answer of an SSH server."""

    exit_code = 12


class LoginRefused(ReachError):
    """The server accepted neither key nor password."""

    exit_code = 13


class HostKeyChanged(ReachError):
    """The server presents another host key than the pinned one."""

    exit_code = 14


class LinkLost(ReachError):
    """The connection broke, and retrying did not bring it back."""

    exit_code = 15


class EndpointTooWeak(ReachError):
    """The endpoint can't do what is asked: it runs no commands, not even at a terminal, or has no SFTP."""

    exit_code = 16


class HostKeyUnknown(ReachError):
    """No host key is pinned for the box, and nothing may be sent before a person has compared the fingerprint."""

    exit_code = 17


class BoxError(TaskError):
    """The box, or this machine, refused or failed."""


class CommandFailed(BoxError):
    """A command exited with a failure."""

    exit_code = 20


class NoSuchPath(BoxError):
    """A path does not exist."""

    exit_code = 21

    def __init__(self, what: str, *, box: str = "", cause: str = "", hint: str = "") -> None:
        look = f"look around: ssh {shlex.quote(box)} ls -la" if box else "see what is there: ls -la"
        super().__init__(what, box=box, cause=cause, hint=_of_a_pattern(what) or hint or look)


def _of_a_pattern(what: str) -> str:
    """Return what to type where a name that is not there looks like a pattern; else nothing."""
    named = re.match(r"there is no (?:directory )?`(?:[^`]*/)?(?P<last>[^`/]*[*?][^`/]*)`", what)
    if named is None:
        return ""
    chosen = f"--exclude={shlex.quote('+ ' + named['last'])} --exclude='*'"
    return (
        f"a path is no pattern: name the directory, and what of it; with transfer.pull or transfer.push: DIR/ {chosen}"
    )


class PermissionRefused(BoxError):
    """A path may not be read or written."""

    exit_code = 22


class NoSpace(BoxError):
    """The disk, its inodes or the quota are used up."""

    exit_code = 23


class ReadOnly(BoxError):
    """The filesystem is mounted read-only."""

    exit_code = 24


class Incomplete(BoxError):
    """Some files could not be copied."""

    exit_code = 25


class Unhealthy(BoxError):
    """A check found a failure."""

    exit_code = 26


class Different(BoxError):
    """Both ends were compared and are not the same."""

    exit_code = 27


class Findings(TaskError):
    """The lint of scripts found something to fix."""

    exit_code = 1


class LocalError(TaskError):
    """The local machine is not ready."""


class LocalFileError(LocalError):
    """A file of ours can't be read or written."""

    exit_code = 30


class ToolMissing(LocalError):
    """A program or package is missing, here or on a box, or can't be relied on."""

    exit_code = 31


class AlreadyRunning(LocalError):
    """Another ssh-transport process is working on the same thing."""

    exit_code = 32


class SeveralFailed(TaskError):
    """
    Some of several boxes failed; each failure was printed when it happened.

    :ivar failures: the error of each that failed, by name.
    :ivar outcomes: what the task returned for the others, by name.
    :ivar exit_code: the highest of those that failed.

    >>> try:
    ...     keys.check(c, on=["proj-1", "proj-2"])
    ... except errors.SeveralFailed as error:
    ...     print(list(error.outcomes), {name: one.exit_code for name, one in error.failures.items()})
    ['proj-1'] {'proj-2': 11}
    """

    def __init__(self, failures: Mapping[str, TaskError], outcomes: Mapping[str, Any] | None = None) -> None:
        self.exit_code = max(error.exit_code for error in failures.values())
        self.failures = dict(failures)
        self.outcomes = dict(outcomes or {})
        super().__init__(f"{len(failures)} of the boxes failed: {', '.join(failures)}")


class Defect(TaskError):
    """A fault in ssh-transport itself."""

    exit_code = 70


class Interrupted(TaskError):
    """
    Ctrl-C or SIGTERM; of a call in Python, that it was cancelled or that its time was up.

    >>> try:
    ...     transfer.watch(c, path="ck/", to="seen/", on="proj-1", deadline=0.1)
    ... except errors.Interrupted as error:
    ...     print(error.exit_code)
    130
    """

    exit_code = 130
