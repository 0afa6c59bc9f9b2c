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
from ssh_transport.change import Change
from ssh_transport.facts.alias import AliasFacts
from ssh_transport.fleet.verify import Row
from ssh_transport.operations.host_key import Renewed
from ssh_transport.operations.sync import Sync
from ssh_transport.platforms.diagnosis import Theme
from ssh_transport.platforms.profile import KnownProblem, Profile
from ssh_transport.terminal.progress import Progress

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

def add(c: Context, project: _Text, string: _Text, profile: _Text = ..., keepalive: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change:
    """
    Turn a pasted connection string into an alias.

    :param project: Project, which takes the next free PROJECT-N; or an alias such as proj-3
    :param string: What the console shows, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'
    :param profile: Platform, if the string does not show it: see config.profiles
    :param keepalive: long: outlives hours of silence (default); bounded: for monitors, gives up after 3 unanswered
    :returns: Change

    Example::

        config.add(c, "new", "ssh -p 2222 root@203.0.113.7")
    """


@overload
def doctor(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[_doctor.Finding]:
    """
    Find out why a box can't be reached or used; changes nothing.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H); without it only this machine is examined
    :returns: list[doctor.Finding]; of a list of boxes a dict of these by name

    Example::

        config.doctor(c, on="proj-1")
    """

@overload
def doctor(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, list[_doctor.Finding]]: ...

def explain(c: Context, problem: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> KnownProblem | list[Theme]:
    """
    Explain a known problem: symptom, root cause, fix.

    :param problem: Its id (T6), a platform (runpod), or what ssh, rsync or the box said, in quotes; else all themes
    :returns: KnownProblem | list[Theme]

    Example::

        config.explain(c, "T6")
    """


def forget(c: Context, alias: _Text, expect: _Text | None = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Renewed:
    """
    Forget the host key of a re-created box, and pin the new one.

    :param alias: Name of the alias
    :param expect: The fingerprint that the platform shows: SHA256:...
    :returns: Renewed

    Example::

        config.forget(c, "proj-1")
    """


def list_(c: Context, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> list[AliasFacts]:
    """
    List the aliases that were added here.

    :returns: list[AliasFacts]

    Example::

        config.list_(c)
    """


def profiles(c: Context, name: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> list[str] | Profile:
    """
    List the known platforms, or show the profile of one.

    :param name: Profile to show; without it all are listed
    :returns: list[str] | Profile

    Example::

        config.profiles(c)
    """


def remove(c: Context, alias: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change:
    """
    Remove an alias that was added here, and the host keys pinned for it.

    :param alias: Name of the alias
    :returns: Change

    Example::

        config.remove(c, "proj-1")
    """


def show(c: Context, alias: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> AliasFacts:
    """
    Show what an alias resolves to, its platform and its pinned host keys.

    :param alias: Name of the alias
    :returns: AliasFacts

    Example::

        config.show(c, "proj-1")
    """


def sync(c: Context, platform: _Text, group: _Text = ..., user: _Text = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Sync:
    """
    Make aliases of the boxes that a platform lists, and update those that moved.

    :param platform: Platform whose own command lists your boxes: vastai, runpod, lambda, aws, gcloud, hcloud, doctl
    :param group: Group that new aliases are in, and that their names begin with (default: the platform)
    :param user: Login name, where the platform does not say it; aliases that there are get it, too
    :param dry_run: Show what would be changed; change nothing
    :returns: Sync

    Example::

        config.sync(c, "vastai")
    """


def update(c: Context, alias: _Text, string: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change:
    """
    Change the endpoint of an alias, after its box was re-created.

    :param alias: Name of the alias
    :param string: What the console shows, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'; or the new port alone
    :returns: Change

    Example::

        config.update(c, "proj-1", "2222")
    """


@overload
def verify(c: Context, on: str = ..., torch: bool = ..., code: _Text = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[Row]:
    """
    Check all boxes at once: which machines they are, clock and GPUs.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param torch: Also ask PyTorch whether it sees CUDA
    :param code: Also hash what transfer.push --git sent to this directory: is it the same on all, and unchanged?
    :param html: Write a page for the browser, too: --html=report.html
    :returns: list[Row]; of a list of boxes a dict of these by name

    Example::

        config.verify(c, on="proj-1")
    """

@overload
def verify(c: Context, *, on: list[str] | tuple[str, ...], torch: bool = ..., code: _Text = ..., html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Row]: ...
