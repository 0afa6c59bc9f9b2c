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

from ssh_transport.change import Change
from ssh_transport.secret.inventory import Listing
from ssh_transport.secret.verify import Verified
from ssh_transport.terminal.progress import Progress

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

@overload
def env(c: Context, name: _Text, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> str:
    """
    Print the shell line that exports the secret on the box; not the value.

    :param name: Name: wandb, huggingface, github, openai, ..., or a name of your own
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H); without it, for the default path
    :returns: str; of a list of boxes a dict of these by name

    Example::

        secrets.env(c, "wandb", on="proj-1")
    """

@overload
def env(c: Context, name: _Text, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, str]: ...

@overload
def forget(c: Context, name: _Text = ..., all: bool = ..., replace: bool = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Overwrite and remove a secret on the box, and check that it is gone.

    :param name: Name: wandb, huggingface, github, openai, ..., or a name of your own, or a machine that secrets.list names
    :param all: Every secret that secrets.list finds
    :param replace: Remove also what is no secret that was pushed
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param dry_run: Show what would change; change nothing
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        secrets.forget(c, "mine", on="proj-1")
    """

@overload
def forget(c: Context, name: _Text = ..., all: bool = ..., replace: bool = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def list_(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Listing:
    """
    List the secrets on the box, and files they leaked into; no values.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :returns: Listing; of a list of boxes a dict of these by name

    Example::

        secrets.list_(c, on="proj-1")
    """

@overload
def list_(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Listing]: ...

@overload
def push(c: Context, name: _Text, env: _Text = ..., keyring: _Text = ..., netrc: _Text = ..., file: _Text = ..., whole: bool = ..., to: _Text = ..., on: str = ..., trust_new: bool = ..., allow_shared_home: bool = ..., replace: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Stream one secret into a private file on the box; asks for it if no source is named.

    :param name: Name: wandb, huggingface, github, openai, ..., or a name of your own
    :param env: Take it from this environment variable
    :param keyring: Take it from the keyring: SERVICE or SERVICE/USER
    :param netrc: Take the password of this machine from ~/.netrc
    :param file: Take it from this file, which holds one line
    :param whole: With --file: send the whole file unchanged
    :param to: File on the box (default: where its tools read it, else ~/.NAME_key)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param trust_new: Pin the host key of a new box, after you have compared its fingerprint
    :param allow_shared_home: Allow a home on a disk that other machines see
    :param replace: Replace a file there that is no secret that was pushed, and every login of a machine
    :param dry_run: Show what would change; change nothing
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        secrets.push(c, "mine", file="mine/b", whole=True, on="proj-1")
    """

@overload
def push(c: Context, name: _Text, env: _Text = ..., keyring: _Text = ..., netrc: _Text = ..., file: _Text = ..., whole: bool = ..., to: _Text = ..., *, on: list[str] | tuple[str, ...], trust_new: bool = ..., allow_shared_home: bool = ..., replace: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def verify(c: Context, name: _Text, with_: _Text = ..., variable: _Text = ..., on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Verified:
    """
    Check from the box whether a secret works; the value stays there.

    :param name: Name: wandb, huggingface, github, openai, ..., or a name of your own
    :param with_: Command to run on the box, which reads it from --variable
    :param variable: Environment variable for the command (default: the one its tools read)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :returns: Verified; of a list of boxes a dict of these by name

    Example::

        secrets.verify(c, "wandb", on="proj-1")
    """

@overload
def verify(c: Context, name: _Text, with_: _Text = ..., variable: _Text = ..., *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Verified]: ...
