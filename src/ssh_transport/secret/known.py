"""Known secrets: where their tools read them, and how to check them at their service. The data is in `known.toml`."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import msgspec

from ssh_transport import typed
from ssh_transport.credentials.tokens import has_token
from ssh_transport.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OWN_FILE = "secrets.toml"


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a secret is checked: by a request to its service or by a command; `known.toml` explains the fields."""

    url: str = ""
    header: str = ""
    more_headers: tuple[str, ...] = ()
    user: str = ""
    data: str = ""
    shows: str = ""
    command: str = ""
    tool: str = ""
    refused: str = ""
    offline: str = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a check that can't work, or that would send the value unencrypted."""
        if bool(self.url) == bool(self.command):
            raise ValueError("a check needs either `url` or `command`")
        address = urlsplit(self.url)
        if self.url and address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("`url` needs https: the value is sent there")
        if self.url and (self.header + self.user).count("{secret}") != 1:
            raise ValueError("`header` or `user` needs {secret} once")
        for text in (self.shows, self.refused, self.offline):
            re.compile(text)


class KnownSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One known secret.

    ``path`` is on the box, ``~/`` its home. ``entry`` is the machine of a netrc file or the host of git's credentials,
    ``login`` the user in this entry. ``variable`` is the environment variable that its tools read; if it is empty, they
    read the file by themselves. ``whole``: they read more in it than one value.
    """

    service: str
    variable: str = ""
    kind: Literal["file", "netrc", "git"] = "file"
    path: str = ""
    entry: str = ""
    login: str = ""
    whole: bool = False
    check: Check | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid variable or an incomplete entry."""
        if not re.fullmatch(r"(?:[A-Za-z_][A-Za-z0-9_]*)?", self.variable):
            raise ValueError("`variable` needs the name of an environment variable")
        if self.kind != "file" and not (self.path and self.entry and self.login):
            raise ValueError(f"kind `{self.kind}` needs `path`, `entry` and `login`")


def is_name(text: str) -> bool:
    """Whether the text is valid as the name of a secret, which becomes a part of its file name."""
    return bool(_NAME.fullmatch(text))


def known(name: str) -> KnownSecret:
    """
    Return a known secret by name; for an unknown name, one with the variable ``NAME_API_KEY``.

    :raises UsageError: the name is not valid, or is itself a token.
    """
    if has_token(name.encode()):
        hint = (
            "revoke it, your shell's history has it; a value comes from --env, --keyring, --netrc, --file or a prompt"
        )
        raise UsageError("this is a token, not the name of one", hint=hint)
    if not is_name(name):
        # It may be the value, or hold it: WANDB_API_KEY=...
        raise UsageError(
            "what was typed is no name for a secret",
            cause="the name is part of a file name: letters, digits, dots, dashes and underscores",
            hint="if a value was in it, revoke it: your shell's history has it; "
            f"known names: {', '.join(all_known())}; any other goes into ~/.NAME_key",
        )
    found = all_known().get(name)
    variable = re.sub(r"\W", "_", f"{name}_API_KEY".upper())
    return found or KnownSecret(service=name, variable=f"_{variable}" if variable[0].isdigit() else variable)


@cache
def all_known() -> Mapping[str, KnownSecret]:
    """
    Return the known secrets by name; the user's own override ours key by key.

    :raises SettingsError: a file is wrong; the message names the file, the key and the expected type.
    """
    import platformdirs

    ours = _tables("known.toml", resources.files(__package__).joinpath("known.toml").read_text(encoding="utf-8"))
    own = platformdirs.user_config_path("ssh-transport") / _OWN_FILE
    theirs = _tables(str(own), own.read_text(encoding="utf-8")) if own.is_file() else {}
    # A check is replaced as a whole: a mixed one could send the value to the wrong service.
    tables = {name: {**ours.get(name, {}), **theirs.get(name, {})} for name in {**ours, **theirs}}
    for name in theirs:
        if {"path", "kind"} & theirs[name].keys():
            # It is another file.
            tables[name]["whole"] = theirs[name].get("whole", False)
    return {name: _struct(name, table, own if name in theirs else Path("known.toml")) for name, table in tables.items()}


def _tables(path: str, text: str) -> dict[str, dict[str, Any]]:
    import tomllib

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"`{path}` is no TOML", cause=str(exc)) from exc
    for name, table in tables.items():
        if not isinstance(table, dict) or not is_name(name):
            raise SettingsError(f"`{name}` in `{path}` is no table of a secret", hint=f'[{name}]\nservice = "..."')
    return tables


def _struct(name: str, table: Mapping[str, Any], path: Path) -> KnownSecret:
    try:
        return typed.convert(table, KnownSecret)
    except (ValueError, re.error) as exc:
        raise SettingsError(f"the secret `{name}` in `{path}` is wrong", cause=str(exc)) from exc
