"""Paths as a person types them, in the form in which nothing takes them for an option or a host."""

from __future__ import annotations

from pathlib import Path

from ssh_transport.errors import UsageError
from ssh_transport.text import one_line


def local_path(path: str) -> str:
    """Return an absolute path, which rsync can't take for an option or a host; a trailing slash stays."""
    _no_nothing(path)
    slash = "/" if path.endswith(("/", "/.")) or path == "." else ""
    try:
        whole = Path(path).expanduser().absolute()
    except RuntimeError as exc:
        raise UsageError(f"`{one_line(path)}` names no user's home", hint="leave `~name` out of the path") from exc
    return str(whole).rstrip("/") + slash or "/"


def remote_path(path: str) -> str:
    """Return a path that no option can be taken for; ``~/`` is left out, logins start at home."""
    _no_nothing(path)
    if path == "~" or path.startswith("~/"):
        path = path[2:].lstrip("/") or "./"
    return path if path.startswith("/") else f"./{path.removeprefix('./')}"


def _no_nothing(path: str) -> None:
    if not path:
        raise UsageError("a path is empty", hint="name one: --path=/ckpt")
    if "\0" in path:
        raise UsageError("a path holds a NUL byte, which no file name can", hint="name one: --path=/ckpt")
