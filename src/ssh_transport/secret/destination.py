"""The file or entry on a box that holds a secret, and the content that is written there."""

from __future__ import annotations

import dataclasses
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
    from .known import KnownSecret
    from .sources import Sourced

_ENTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
# Git's file has values percent-encoded; tokens have no character that needs it.
_GIT_SAFE = re.compile(rb"[A-Za-z0-9._~-]+")
_PROGRAMS = {"file": "", "netrc": stanza.NETRC, "git": stanza.GIT}


@dataclass(frozen=True)
class Destination:
    """
    A file on a box, or one entry in it.

    ``path`` is absolute or begins with ``~/``; ``kind`` and ``entry`` are as in `KnownSecret`. ``login`` is that of the
    entry; if it is empty, every entry of the machine is meant. ``whole`` is a file of several lines.
    """

    name: str
    kind: str
    path: str
    entry: str = ""
    login: str = ""
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.path} ({self.entry})" if self.entry else self.path

    @property
    def relative(self) -> str:
        """The path for a shell whose working directory is the home."""
        return f"./{self.path[2:]}" if self.path.startswith("~/") else self.path

    @property
    def arguments(self) -> tuple[str, str, str, str, str]:
        """The first arguments of every script in `scripts`: kind, entry, login, the awk program for entries, path."""
        return self.kind, self.entry, self.login, _PROGRAMS[self.kind], self.relative

    @property
    def read_command(self) -> str:
        """A shell command that prints the value on the box."""
        path = f"~/{shlex.quote(self.path[2:])}" if self.path.startswith("~/") else shlex.quote(self.path)
        if self.kind == "netrc":
            program = f'import netrc; print(netrc.netrc().hosts["{self.entry}"][2])'
            return f"python3 -c {shlex.quote(program)}"
        if self.kind == "git":
            login = re.escape(self.login).replace(r"\-", "-") or "[^:]*"
            return rf"sed -n 's|^https://{login}:\(.*\)@{re.escape(self.entry)}$|\1|p' {path}"
        return f"cat {path}"


def default_destination(name: str) -> Destination:
    """Return the destination of a secret if none is given: that of `known.toml`, or ``~/.NAME_key``."""
    secret = known(name)
    return Destination(name, secret.kind, secret.path or f"~/.{name}_key", secret.entry, secret.login)


def destination_for(name: str, to: str = "", machine: str = "") -> Destination:
    """
    Return the destination of a secret.

    :param to: the path of its own file on the box.
    :param machine: the machine whose entry in a netrc file is the source of the value.
    :raises UsageError: the name, the path or the machine is not valid.
    """
    secret = known(name)
    if to:
        return Destination(name, "file", _checked(to))
    if machine and not secret.path:
        return Destination(name, "netrc", "~/.netrc", _entry(machine))
    return default_destination(name)


def check_whole(destination: Destination, *, whole: bool) -> None:
    """
    Check that one value can be what is put there.

    :param whole: whether a whole file is sent.
    :raises UsageError: its tools read more in it.
    """
    if not whole and known(destination.name).whole and destination == default_destination(destination.name):
        path = destination.path
        hint = f"send yours: --file={path} --whole; or into a file of its own: --to='~/.{destination.name}_key'"
        raise UsageError(f"`{path}` is no file of one value; nothing was sent", hint=hint)


def taking(destination: Destination, sourced: Sourced) -> Destination:
    """
    Return the destination with what its source says of it: the login of an entry, several lines of a file.

    :raises UsageError: the login has control characters.
    """
    if destination.kind == "file":
        lines = sourced.secret.reveal().splitlines() if sourced.is_whole else ()
        return dataclasses.replace(destination, whole=len(lines) > 1)
    login = _login(known(destination.name), sourced)
    if not login.isprintable():
        raise UsageError(f"`{one_line(login)}` is no login", hint="mend it where the secret comes from")
    return dataclasses.replace(destination, login=login)


def content(destination: Destination, sourced: Sourced) -> Secret:
    """
    Return the content of the file, or the entry to put into it.

    :raises UsageError: the file can't contain such a value.
    """
    value = sourced.secret.reveal()
    if destination.kind == "file":
        return sourced.secret if sourced.is_whole else Secret(value + b"\n")
    if sourced.is_whole:
        hint = f"a file of its own: --to='~/.{destination.name}_key'"
        raise UsageError(f"a whole file can't become one entry of `{destination.path}`", hint=hint)
    login = _login(known(destination.name), sourced)
    if destination.kind == "netrc":
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            hint = f"a file of its own: --to='~/.{destination.name}_key'"
            cause = f"Python would read nothing at all of `{destination.path}`"
            raise UsageError("this value is not UTF-8; nothing was sent", cause=cause, hint=hint) from None
        return Secret(stanza.netrc(destination.entry, login, text))
    if not _GIT_SAFE.fullmatch(value):
        hint = f"a file of its own: --to='~/.{destination.name}_key'"
        raise UsageError("this value has characters that no git token has; nothing was sent", hint=hint)
    return Secret(stanza.git(destination.entry, login, value.decode()))


def export_line(destination: Destination) -> str:
    """Return a line for a shell script on the box that exports the value."""
    secret = known(destination.name)
    if not secret.variable:
        return f"# {secret.service} finds {destination.path} by itself"
    return f'export {secret.variable}="$({destination.read_command})"'


def _login(secret: KnownSecret, sourced: Sourced) -> str:
    # The login of a known token is fixed, whatever the source has.
    return secret.login or sourced.login or "user"


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
