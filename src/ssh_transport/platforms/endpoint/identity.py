"""The key file that a pasted command names, as a path that leads there from any directory."""

from __future__ import annotations

import re
from pathlib import Path

from ssh_transport.platforms.address import printable

from .plain import is_placeholder

_HOME = re.compile(r"(?i)(?:\$HOME|\$\{HOME\}|\$env:(?:HOME|USERPROFILE)|%(?:HOME|USERPROFILE)%)(?=[\\/])")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def usable(value: str) -> tuple[str, list[str]]:
    """
    Return the path of an identity file, empty if it names none, and what to tell about it.

    A relative path becomes absolute; ``~`` stays, as `ssh_config(5)` knows it; a path of Windows stays as it is.

    :raises EndpointError: it does not fit into a line of `ssh_config(5)`.
    """
    path = _HOME.sub("~", printable("the identity file", value))
    if is_placeholder(path):
        return "", ["the identity file is not filled in yet; the configured key is used instead"]
    if path.startswith("~\\"):
        path = path.replace("\\", "/")
    if path.lower().endswith(".ppk"):
        return "", ["the identity file is PuTTY's, which ssh can't read; the configured key is used instead"]
    told = []
    if path.endswith(".pub"):
        path = path.removesuffix(".pub")
        told = [f"a public key is no identity: `{path}` is used, the private key beside it"]
    path, missing = placed("the identity file", path)
    return path, [*told, *missing]


def placed(what: str, value: str) -> tuple[str, list[str]]:
    """
    Return the path of a file as it is found from any directory, and what to tell about it.

    :raises EndpointError: it does not fit into a line of `ssh_config(5)`.
    """
    path = printable(what, value)
    path = path if path.startswith("~") or _WINDOWS.match(path) else _absolute(path)
    return path, [] if _exists(path) else [f"{what} `{path}` is not there"]


def _absolute(path: str) -> str:
    """Return the path from here, or from the home directory if it is there and not here."""
    places = [Path.cwd() / path, Path.home() / path, Path.home() / ".ssh" / path]
    return str(next((place for place in places if _exists(str(place))), places[0]))


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError):
        # A name too long, or the home of nobody.
        return False
