"""Where a secret comes from on this machine: exactly one of a few places, read once."""

from __future__ import annotations

import getpass
import netrc
import os
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError, ToolMissing, UsageError
from ssh_transport.text import one_line

from . import value

if TYPE_CHECKING:
    from .value import Secret

LIMIT_BYTES = 1 << 20
# A variable is taken out of the environment, so that no program which is started later inherits it. So are those that
# later tasks of the same call name: `fab secrets.push a --env=A secrets.push b --env=B`.
_taken: dict[str, str] = {}


@dataclass(frozen=True)
class Sourced:
    """A secret, the login that its source has for it (empty: none), and whether it is a file to be kept as it is."""

    secret: Secret
    login: str = ""
    is_whole: bool = False


def read(  # noqa: PLR0913 - one word for each source
    name: str, *, env: str = "", keyring: str = "", netrc: str = "", file: str = "", whole: bool = False
) -> Sourced:
    """
    Read a secret from the one source that is named; standard input if none is.

    :param name: what the secret is called, for the prompt.
    :param keyring: ``SERVICE`` or ``SERVICE/USER``.
    :param netrc: a machine in ``~/.netrc``.
    :raises UsageError: several sources, or the value is none.
    """
    for variable in (env, *_named_in_this_call()):
        if variable in os.environ:
            _taken[variable] = os.environ.pop(variable)
    words = {"env": env, "keyring": keyring, "netrc": netrc, "file": file}
    given = [flag for flag, word in words.items() if word]
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
    if variable not in _taken:
        # What is no usual name may be the value itself, given in its place.
        named = (
            f"the variable `{variable}`" if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,40}", variable) else "what `--env` names"
        )
        raise UsageError(
            f"{named} is not set; nothing was sent",
            hint="--env takes the name of an exported variable, without a dollar sign: export WANDB_API_KEY, "
            "then --env=WANDB_API_KEY",
        )
    return value.one_line(_taken[variable], f"the variable `{variable}`")


def _named_in_this_call() -> list[str]:
    after = [following for word, following in pairwise(sys.argv) if word == "--env"]
    return after + [word.removeprefix("--env=") for word in sys.argv if word.startswith("--env=")]


def _of_keyring(place: str) -> Sourced:
    import keyring
    from keyring.backends import fail
    from keyring.errors import KeyringError

    service, _, user = place.rpartition("/") if "/" in place else (place, "", "")
    if isinstance(keyring.get_keyring(), fail.Keyring):
        raise ToolMissing("this machine has no keyring", hint="use --env, --file or standard input")
    try:
        found = keyring.get_credential(service, user or None)
    except KeyringError as exc:
        raise LocalFileError("the keyring can't be read", cause=str(exc), hint="is it unlocked?") from exc
    if found is None:
        hint = f"store it: keyring set {service} {user or 'USER'}"
        raise UsageError(f"the keyring has nothing under `{one_line(place)}`; nothing was sent", hint=hint)
    secret = value.one_line(found.password, f"the entry `{one_line(place)}` of the keyring")
    return Sourced(secret, found.username or "")


def _of_netrc(machine: str) -> Sourced:
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        entries = netrc.netrc(str(path))
    except FileNotFoundError as exc:
        raise UsageError(f"there is no `{one_line(str(path))}`", hint="use --env, --file or standard input") from exc
    except netrc.NetrcParseError as exc:
        # Its message may hold the word at which it stopped, which may be a password.
        cause, hint = f"a word near line {exc.lineno} means nothing", "each value stands behind its key: netrc(5)"
        raise LocalFileError(f"`{one_line(str(path))}` can't be read", cause=cause, hint=hint) from None
    except (UnicodeDecodeError, OSError) as exc:
        raise LocalFileError(f"`{one_line(str(path))}` can't be read", cause=type(exc).__name__) from None
    # `default` fits every machine: whoever names one wants that one.
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
        raise UsageError(f"`{one_line(name)}` can't be read", cause=exc.strerror or "") from exc
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
            return value.one_line(getpass.getpass(f"{name}: "), "what was typed")
        except EOFError:
            raise UsageError("nothing was typed; nothing was sent", hint="run it again") from None
    data = sys.stdin.buffer.read(LIMIT_BYTES + 1)
    return value.one_line(_without_line_end(data.decode("utf-8", "surrogateescape")), "standard input")


def _without_line_end(text: str) -> str:
    """Take away the one line end that every editor, and `echo`, puts behind a line."""
    return text.removesuffix("\n").removesuffix("\r")
