"""Reads a secret from one source on this machine: a variable, the keyring, a netrc file, a file or standard input."""

from __future__ import annotations

import netrc
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError, ToolMissing, UsageError
from ssh_transport.terminal import kept_back, prompt
from ssh_transport.text import one_line

from . import value

if TYPE_CHECKING:
    from .value import Secret

LIMIT_BYTES = 1 << 20


@dataclass(frozen=True)
class Sourced:
    """A secret, its login in the source (empty: none), and whether it is a whole file to be written unchanged."""

    secret: Secret
    login: str = ""
    is_whole: bool = False


def read(  # noqa: PLR0913 - one parameter for each source
    name: str, *, env: str = "", keyring: str = "", netrc: str = "", file: str = "", whole: bool = False
) -> Sourced:
    """
    Read a secret from the one source that is named; standard input if none is.

    :param name: the name of the secret, for the prompt.
    :param keyring: ``SERVICE`` or ``SERVICE/USER``.
    :param netrc: a machine in ``~/.netrc``.
    :raises UsageError: several sources are named, or the value is not valid.
    """
    kept_back.take(env)
    sources = {"env": env, "keyring": keyring, "netrc": netrc, "file": file}
    given = [flag for flag, source in sources.items() if source]
    if len(given) > 1:
        flags = " and ".join(f"--{flag}" for flag in given)
        raise UsageError(f"{flags} name two sources for one secret", hint="name one of them")
    if whole and not file:
        raise UsageError("`--whole` is for `--file`", hint="--file=PATH --whole --to=TARGET")
    if file:
        return _of_file(file, is_whole=whole)
    if netrc:
        return _of_netrc(netrc)
    if env:
        return Sourced(_of_environment(env))
    if keyring:
        return _of_keyring(keyring)
    return Sourced(_of_standard_input(name))


def _of_environment(variable: str) -> Secret:
    found = kept_back.value_of(variable)
    if found is None:
        # An unusual name may be the value itself, given by mistake: do not print it.
        named = (
            f"the variable `{variable}`"
            if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,40}", variable)
            else "the variable of `--env`"
        )
        raise UsageError(
            f"{named} is not set; nothing was sent",
            hint="--env takes the name of an exported variable, without a dollar sign: export WANDB_API_KEY, "
            "then --env=WANDB_API_KEY",
        )
    return value.one_line(found, f"the variable `{variable}`")


def _of_keyring(entry: str) -> Sourced:
    import keyring
    from keyring.backends import fail
    from keyring.errors import KeyringError

    service, _, user = entry.rpartition("/") if "/" in entry else (entry, "", "")
    if isinstance(keyring.get_keyring(), fail.Keyring):
        raise ToolMissing("this machine has no keyring", hint="use --env, --file or standard input")
    try:
        credential = keyring.get_credential(service, user or None)
    except KeyringError as exc:
        raise LocalFileError("the keyring can't be read", cause=str(exc), hint="is it unlocked?") from exc
    if credential is None:
        hint = f"store it: keyring set {service} {user or 'USER'}"
        raise UsageError(f"the keyring has nothing under `{one_line(entry)}`; nothing was sent", hint=hint)
    secret = value.one_line(credential.password, f"the entry `{one_line(entry)}` of the keyring")
    return Sourced(secret, credential.username or "")


def _of_netrc(machine: str) -> Sourced:
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        entries = netrc.netrc(str(path))
    except FileNotFoundError as exc:
        raise UsageError(f"there is no `{one_line(str(path))}`", hint="use --env, --file or standard input") from exc
    except netrc.NetrcParseError as exc:
        # The message of the exception is not printed: it may contain a password.
        cause, hint = f"near line {exc.lineno} is an unknown keyword", "each value follows its keyword: netrc(5)"
        raise LocalFileError(f"`{one_line(str(path))}` can't be read", cause=cause, hint=hint) from None
    except (UnicodeDecodeError, OSError) as exc:
        raise LocalFileError(
            f"`{one_line(str(path))}` can't be read", cause=type(exc).__name__, hint=f"ls -l {path}"
        ) from None
    # `hosts` also has the `default` entry, which is not used for a machine given by name.
    if machine not in entries.hosts or machine == "default":
        known = ", ".join(one_line(host) for host in entries.hosts if host != "default")
        raise UsageError(f"`{path}` has no machine `{one_line(machine)}`", cause=f"it has: {known or 'none'}")
    login, _, password = entries.hosts[machine]
    return Sourced(value.one_line(password or "", f"the password of `{machine}` in `{path}`"), login or "")


def _of_file(name: str, *, is_whole: bool) -> Sourced:
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as exc:
        hint = "name a file of this machine, or leave --file out, and be asked: ssh-transport -H BOX secrets.push NAME"
        raise UsageError(f"`{one_line(name)}` can't be read", cause=exc.strerror or "", hint=hint) from exc
    source = f"the file `{one_line(name)}`"
    if len(data) > LIMIT_BYTES:
        raise UsageError(f"{source} is larger than a secret: 1 MiB at most", hint="a tree of files takes transfer.push")
    if is_whole:
        return Sourced(value.whole(data, source), is_whole=True)
    return Sourced(value.one_line(_without_line_end(data.decode("utf-8", "surrogateescape")), source))


def _of_standard_input(name: str) -> Secret:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read the secret from", hint="use --env, --keyring or --file")
    if sys.stdin.isatty():
        try:
            return value.one_line(prompt.typed_unseen(f"value for {name}: "), "the typed value")
        except EOFError:
            raise UsageError("nothing was typed; nothing was sent", hint="run it again") from None
    data = sys.stdin.buffer.read(LIMIT_BYTES + 1)
    return value.one_line(_without_line_end(data.decode("utf-8", "surrogateescape")), "standard input")


def _without_line_end(text: str) -> str:
    """Remove one line end, which editors and `echo` add."""
    return text.removesuffix("\n").removesuffix("\r")
