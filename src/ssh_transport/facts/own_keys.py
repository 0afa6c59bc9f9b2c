"""The keys of the person in front of this machine, and the one that opened a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ssh_transport.box import Box

_MATERIAL = "AAAA"  # base64 of the length of a key type's name


def own_keys(box: Box) -> dict[str, str]:
    """Return the base64 material of the person's own keys, each with where it was found."""
    known = {key.get_base64(): "agent" for key in paramiko.Agent().get_keys()}
    identities = [path.with_name(f"{path.name}.pub") for path in box.resolved.identities]
    for path in (*identities, *sorted(box.files.directory.glob("*.pub"))):
        for material in _materials(path):
            known.setdefault(material, str(path))
    if used := key_in_use(box):
        known.setdefault(used, "this login")
    return known


def key_in_use(box: Box) -> str:
    """Return the material of the key that the open connection logged in with; nothing for a password."""
    handler = box.connection.transport.auth_handler
    if handler is None or handler.auth_method != "publickey" or handler.private_key is None:
        return ""
    return str(handler.private_key.get_base64())


def _materials(path: Path) -> Iterable[str]:
    try:
        return [word for word in path.read_text(errors="replace").split() if word.startswith(_MATERIAL)]
    except OSError:
        return []
