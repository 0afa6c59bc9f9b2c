"""Where a secret has its place on a box, and what is written there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.text import one_line

from . import stanza
from .known import known
from .value import Secret

if TYPE_CHECKING:
    from .known import Known
    from .sources import Sourced

_ENTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
# Git's file holds the value percent-encoded; tokens have nothing that needs it.
_GIT_SAFE = re.compile(rb"[A-Za-z0-9._~-]+")
_PROGRAMS = {"file": "", "netrc": stanza.NETRC, "git": stanza.GIT}


@dataclass(frozen=True)
class Destination:
    """
    A file on a box, or one entry in it.

    ``path`` is absolute or begins with ``~/``; ``kind`` and ``entry`` are as in `Known`.
    """

    name: str
    kind: str
    path: str
    entry: str = ""

    def __str__(self) -> str:
        return f"{self.path} ({self.entry})" if self.entry else self.path

    @property
    def relative(self) -> str:
        """The path as a shell in the home directory understands it."""
        return f"./{self.path[2:]}" if self.path.startswith("~/") else self.path

    @property
    def words(self) -> tuple[str, str, str, str]:
        """What the scripts of `scripts` take first: kind, entry, the program for its entries, path."""
        return self.kind, self.entry, _PROGRAMS[self.kind], self.relative

    @property
    def shell_words(self) -> str:
        """A command for a person's shell on the box that prints the value."""
        path = f"~/{shlex.quote(self.path[2:])}" if self.path.startswith("~/") else shlex.quote(self.path)
        if self.kind == "netrc":
            program = f'import netrc; print(netrc.netrc().hosts["{self.entry}"][2])'
            return f"python3 -c {shlex.quote(program)}"
        if self.kind == "git":
            return rf"sed -n 's|^https://[^:]*:\(.*\)@{re.escape(self.entry)}$|\1|p' {path}"
        return f"cat {path}"


def usual(name: str) -> Destination:
    """Return where a secret goes if nothing else is said."""
    found = known(name)
    return Destination(name, found.kind, found.path or f"~/.{name}_key", found.entry)


def chosen(name: str, to: str = "", machine: str = "") -> Destination:
    """
    Return where a secret goes.

    :param to: a file on the box of its own.
    :param machine: the machine that the value was taken from a netrc file for.
    :raises UsageError: the path can't be meant.
    """
    found = known(name)
    if to:
        return Destination(name, "file", _checked(to))
    if machine and not found.path:
        return Destination(name, "netrc", "~/.netrc", _entry(machine))
    return usual(name)


def piece(destination: Destination, sourced: Sourced) -> Secret:
    """
    Return what is to stand in the file.

    :raises UsageError: the file can't hold such a value.
    """
    value = sourced.secret.reveal()
    if destination.kind == "file":
        return sourced.secret if sourced.is_whole else Secret(value + b"\n")
    if sourced.is_whole:
        hint = f"a file of its own: --to='~/.{destination.name}_key'"
        raise UsageError(f"a whole file can't become one entry of `{destination.path}`", hint=hint)
    login = _login(known(destination.name), sourced)
    if destination.kind == "netrc":
        return Secret(stanza.netrc(destination.entry, login, value.decode("utf-8", "surrogateescape")))
    if not _GIT_SAFE.fullmatch(value):
        hint = f"a file of its own: --to='~/.{destination.name}_key'"
        raise UsageError("this value has signs that a token of git has not; nothing was sent", hint=hint)
    return Secret(stanza.git(destination.entry, login, value.decode()))


def launcher_line(destination: Destination) -> str:
    """Return the line of a shell script on the box that gives the programs after it the value."""
    found = known(destination.name)
    if not found.variable:
        return f"# {found.service} finds {destination.path} by itself"
    return f'export {found.variable}="$({destination.shell_words})"'


def _login(found: Known, sourced: Sourced) -> str:
    # The login beside a known token is the same for everyone, whatever the source called it.
    return found.login or sourced.login or "user"


def _checked(to: str) -> str:
    path = to.removeprefix("~/")
    if not to.isascii() or any(ord(char) < 32 or char == "\x7f" for char in to):  # noqa: PLR2004 - the first that is no control character
        raise UsageError(f"`{one_line(to)}` is no path for a secret", hint="--to='~/.NAME_key'")
    if not path.strip("/") or path.endswith("/") or ".." in path.split("/"):
        raise UsageError(f"`--to={one_line(to)}` names no file", hint="--to='~/.NAME_key'")
    if to.startswith(("~/", "/")):
        return to
    if to.startswith("~"):
        raise UsageError(f"`{one_line(to)}` is in another user's home", hint="--to='~/.NAME_key'")
    return f"~/{to.removeprefix('./')}"


def _entry(machine: str) -> str:
    if not _ENTRY.fullmatch(machine):
        raise UsageError(f"`{one_line(machine)}` is no name of a machine", hint="--netrc=api.wandb.ai")
    return machine
