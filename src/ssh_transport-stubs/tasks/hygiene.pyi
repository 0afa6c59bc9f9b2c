"""
Made by `python -m docs.stubs`. Each task takes as well, as far as it is for boxes:

:param cancel: An event that ends the call
:param deadline: Seconds that the call may take
:param on_progress: Called with the name of the box and its `Progress`, for one box at a time
:param jobs: How many of several boxes run at once; 0 for the setting
:param stop_on_error: Begin with no further box once one has failed
:raises TaskError: by its class, which docs/reference.md lists
:raises SeveralFailed: some of several boxes failed
:raises TypeError: an argument can't be meant
"""

from collections.abc import Callable, Iterable
from os import PathLike
from threading import Event
from typing import Any, Literal, overload

from invoke import Collection, Context

from ssh_transport import audit as _audit, doctor as _doctor
from ssh_transport.leave.checklist import Checklist
from ssh_transport.line_ends import findings as _line_ends
from ssh_transport.line_ends.ensure import Attributes
from ssh_transport.lint import finding as _lint
from ssh_transport.processes.relaunch import Relaunched
from ssh_transport.processes.stop import Stopped
from ssh_transport.terminal.progress import Progress

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

@overload
def audit(c: Context, on: str = ..., here: bool = ..., reach: bool = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[_audit.Finding]:
    """
    Find keys, tokens and logins that should not be there; changes nothing.

    :param on: Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H); without one, only this machine
    :param here: Only this machine, whatever boxes are set
    :param reach: Also try to log in to the boxes of all aliases, to find those that are gone
    :param html: Write a page for the browser, too: --html=report.html
    :returns: list[audit.Finding]; of a list of boxes a dict of these by name

    Example::

        hygiene.audit(c, on="proj-1")
    """

@overload
def audit(c: Context, *, on: list[str] | tuple[str, ...], here: bool = ..., reach: bool = ..., html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, list[_audit.Finding]]: ...

@overload
def crlf(c: Context, path: _Text = ..., on: str = ..., fix: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> _line_ends.Report:
    """
    Find shell scripts with Windows line ends or a BOM; --fix rewrites them.

    :param path: Directory or file; with a box the directory there, which must be named (default here: .)
    :param on: Boxes, if the scripts are there: aliases, globs or user@host:port, comma-separated (as fab's -H)
    :param fix: Rewrite them with LF, mode and times kept; without it nothing changes
    :returns: lineends.Report; of a list of boxes a dict of these by name

    Example::

        hygiene.crlf(c, path="ck", on="proj-1")
    """

@overload
def crlf(c: Context, path: _Text = ..., *, on: list[str] | tuple[str, ...], fix: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, _line_ends.Report]: ...

def gitattributes(c: Context, path: _Text = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Attributes:
    """
    Make git keep shell scripts at LF, by lines in .gitattributes.

    :param path: A directory in the git work tree
    :param dry_run: Say what would be added; write nothing
    :returns: Attributes

    Example::

        hygiene.gitattributes(c)
    """


@overload
def leave(c: Context, on: str = ..., receipts: _Text = ..., abandon: _Texts | None = ..., revoke_key: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Checklist:
    """
    Check that nothing on a box would be lost, then remove what is yours.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param receipts: Local directory that contains the receipts of verified pulls (default: .)
    :param abandon: What may be lost: a path or pattern as the box's shell reads it at home (quote it), or a name
    :param revoke_key: Also remove the key of this login from authorized_keys
    :param dry_run: Check everything; change nothing
    :returns: Checklist; of a list of boxes a dict of these by name

    Example::

        hygiene.leave(c, on="proj-1")
    """

@overload
def leave(c: Context, *, on: list[str] | tuple[str, ...], receipts: _Text = ..., abandon: _Texts | None = ..., revoke_key: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Checklist]: ...

def lint(c: Context, path: _Text = ..., select: _Text = ..., ignore: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> _lint.Report:
    """
    Find transport problems in shell scripts; runs shellcheck, too.

    :param path: Script or directory; in a git work tree what git ignores is left out (default: .)
    :param select: Only these rules, by the beginnings of their ids: ST1,SC2086 (see docs/lint.md)
    :param ignore: Not these rules: ST0 are those of the contract, SC is all of shellcheck
    :returns: lint.Report

    Example::

        hygiene.lint(c)
    """


@overload
def relaunch(c: Context, pattern: _Text, run: _Text, name: _Text = ..., log: _Text = ..., alive: float = ..., grace: float = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Relaunched:
    """
    Stop matching processes, then start a command that outlives the link.

    :param pattern: Regular expression for the whole command line, as for pgrep -f
    :param run: Command to start, as you would type it on the box, in the home directory
    :param name: Name of the run in tmux and of its log (default: from the pattern)
    :param log: File on the box for its output (default: ~/.ssh-transport-run/NAME-TIME.log)
    :param alive: Seconds it must live to count as started
    :param grace: Seconds between TERM and KILL; 0 kills at once
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param dry_run: Show what would be stopped; stop nothing
    :returns: Relaunched; of a list of boxes a dict of these by name

    Example::

        hygiene.relaunch(c, "no-such-program", run="sleep 9", alive=1, on="proj-1")
    """

@overload
def relaunch(c: Context, pattern: _Text, run: _Text, name: _Text = ..., log: _Text = ..., alive: float = ..., grace: float = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Relaunched]: ...

@overload
def stop(c: Context, pattern: _Text, grace: float = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Stopped:
    """
    Stop matching processes and their descendants; verify over a new login.

    :param pattern: Regular expression for the whole command line, as for pgrep -f
    :param grace: Seconds between TERM and KILL; 0 kills at once
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param dry_run: Show what would be stopped; stop nothing
    :returns: Stopped; of a list of boxes a dict of these by name

    Example::

        hygiene.stop(c, "no-such-program", on="proj-1")
    """

@overload
def stop(c: Context, pattern: _Text, grace: float = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Stopped]: ...
