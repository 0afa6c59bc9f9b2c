"""
Everything that can go wrong, as a person meets it.

::

    TaskError                        exit code
    ├── UsageError                        2    the words of a command make no sense
    │   ├── NoTarget                      3    no box was named
    │   ├── SettingsError                 4    a settings file says something unknown
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
    │   └── HostKeyUnknown               17    a secret was to go to a box that nobody has met yet
    ├── BoxError                               the box, or this machine, said no
    │   ├── CommandFailed                20
    │   ├── NoSuchPath                   21
    │   ├── PermissionRefused            22
    │   ├── NoSpace                      23
    │   ├── ReadOnly                     24
    │   ├── Incomplete                   25    some files could not be copied
    │   ├── Unhealthy                    26    an examination found a failure
    │   └── Different                    27    both ends were compared and are not the same
    ├── Findings                          1    a look at scripts found something to mend
    ├── LocalError                             this machine is not ready
    │   ├── LocalFileError               30
    │   ├── ToolMissing                  31
    │   └── AlreadyRunning               32
    ├── SeveralFailed                          several boxes were tried: the highest code of those that failed
    ├── Defect                           70    a fault in ssh-transport itself
    └── Interrupted                     130    Ctrl-C or a polite kill

Invoke's own complaints about the command line (an unknown task or flag) exit with 1, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.exceptions import Exit

from .text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .profile import Gotcha


class TaskError(Exit):
    """
    What failed, on which box, why, and what to type next.

    An `Exit`, so that `fab` and `inv` print the message and leave with the code, and Python callers catch it.
    """

    exit_code: int

    def __init__(self, what: str, *, box: str = "", cause: str = "", hint: str = "") -> None:
        """
        :param what: the fault in one sentence without a full stop; backticks around names.
        :param box: the alias or host as the user typed it.
        :param cause: what the other side said; may be several lines, may be hostile.
        :param hint: what to do about it, best something that can be typed.
        """
        super().__init__(code=self.exit_code)
        self.what = what
        self.box = box
        self.cause = cause
        self.hint = hint
        self.gotcha: Gotcha | None = None

    @property
    def message(self) -> str:
        """The whole message as it is printed."""
        return str(self)

    @message.setter
    def message(self, _: str | None) -> None:
        """`Exit` sets it; ours is always made from the fields."""

    def __str__(self) -> str:
        where = f" on `{self.box}`" if self.box and f"`{self.box}`" not in self.what else ""
        text = f"error: {self.what}{where}"
        if self.cause:
            text += "\n  cause: " + self.cause.strip().replace("\n", "\n         ")
        if self.hint:
            text += f"\n\nhint: {self.hint}"
        if self.gotcha:
            text += f"\n\nknown as {self.gotcha.id}: {self.gotcha.cause}\n  fix: {self.gotcha.fix}"
        return shown(text)


class UsageError(TaskError):
    """The words of a command make no sense."""

    exit_code = 2


class NoTarget(UsageError):
    """No box was named."""

    exit_code = 3


class SettingsError(UsageError):
    """A settings file or variable says something unknown."""

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
    """The server took neither key nor password."""

    exit_code = 13


class HostKeyChanged(ReachError):
    """The server shows another host key than the pinned one."""

    exit_code = 14


class LinkLost(ReachError):
    """The connection broke, and retrying did not bring it back."""

    exit_code = 15


class EndpointTooWeak(ReachError):
    """The endpoint can't do what is asked, such as a shell-only proxy."""

    exit_code = 16


class HostKeyUnknown(ReachError):
    """A first contact, where nothing may move before the person has looked at the fingerprint."""

    exit_code = 17


class BoxError(TaskError):
    """The box, or this machine, said no."""


class CommandFailed(BoxError):
    """A command ended with a failure."""

    exit_code = 20


class NoSuchPath(BoxError):
    """A path does not exist."""

    exit_code = 21


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
    """An examination found a failure."""

    exit_code = 26


class Different(BoxError):
    """Both ends were compared and are not the same."""

    exit_code = 27


class Findings(TaskError):
    """A look at scripts found something to mend."""

    exit_code = 1


class LocalError(TaskError):
    """The machine in front of the person is not ready."""


class LocalFileError(LocalError):
    """A file of ours can't be read or written."""

    exit_code = 30


class ToolMissing(LocalError):
    """A program or package is not installed."""

    exit_code = 31


class AlreadyRunning(LocalError):
    """Another process of ours works on the same thing."""

    exit_code = 32


class SeveralFailed(TaskError):
    """Several boxes were tried and some failed; each failure was shown when it happened."""

    def __init__(self, failures: Mapping[str, int]) -> None:
        """:param failures: the exit code of each box that failed."""
        self.exit_code = max(failures.values())
        super().__init__(f"{len(failures)} of the boxes failed: {', '.join(failures)}")


class Defect(TaskError):
    """A fault in ssh-transport itself."""

    exit_code = 70


class Interrupted(TaskError):
    """Ctrl-C or a polite kill."""

    exit_code = 130
