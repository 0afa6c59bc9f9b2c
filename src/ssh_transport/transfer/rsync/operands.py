"""The two paths of an rsync call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import Resolved
    from ssh_transport.request.request import Request


def operands(resolved: Resolved, request: Request, target: str = "") -> list[str]:
    """
    Return source and target as rsync wants them, one of them on the box.

    :param target: another target than the request's.
    """
    host = f"[{resolved.name}]" if ":" in resolved.name else resolved.name
    login = f"{resolved.user}@{host}:"
    source, target = request.source.path, target or request.target.path
    return [login + _literal(source), target] if request.target.is_here else [source, login + target]


def _literal(path: str) -> str:
    """Return a source path that the box's rsync takes letter by letter, not as a wildcard."""
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path) if set(path) & set("*?[") else path
