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
from ssh_transport.facts.logins import AuthorizedKeys
from ssh_transport.operations.authorize import LetIn
from ssh_transport.terminal.progress import Progress

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

@overload
def check(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> LetIn:
    """
    Log in with a key, never with a password, and report the result.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :returns: LetIn; of a list of boxes a dict of these by name

    Example::

        keys.check(c, on="proj-1")
    """

@overload
def check(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, LetIn]: ...

def generate(c: Context, path: _Text = ..., comment: _Text = ..., passphrase: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change:
    """
    Make an ed25519 key pair, unless the key exists.

    :param path: Private key file (default: the setting ssh_keys.identity)
    :param comment: Comment of the public key (default: user@host)
    :param passphrase: Ask for a passphrase
    :returns: Change

    Example::

        keys.generate(c)
    """


@overload
def list_(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> AuthorizedKeys:
    """
    List the keys that may log in, which are yours, which is in use.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :returns: AuthorizedKeys; of a list of boxes a dict of these by name

    Example::

        keys.list_(c, on="proj-1")
    """

@overload
def list_(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, AuthorizedKeys]: ...

@overload
def push(c: Context, on: str = ..., identity: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Add a public key to authorized_keys on the box; asks its password once.

    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param identity: Key to push (default: the alias's own, else ssh_keys.identity)
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        keys.push(c, on="proj-1")
    """

@overload
def push(c: Context, *, on: list[str] | tuple[str, ...], identity: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def revoke(c: Context, key: _Text, on: str = ..., including_mine: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Remove a key from authorized_keys on the box, and verify it.

    :param key: Fingerprint (SHA256:...) or whole comment, as keys.list shows them
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param including_mine: Even the key that this login uses
    :param dry_run: Show what would be removed; write nothing
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        keys.revoke(c, "no-such-key", on="proj-1")
    """

@overload
def revoke(c: Context, key: _Text, *, on: list[str] | tuple[str, ...], including_mine: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...
