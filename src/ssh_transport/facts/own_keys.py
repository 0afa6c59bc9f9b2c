"""The user's own keys on this machine, and the one that the current login used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

from ssh_transport.openssh.public_key import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.box import Box

_MATERIAL = "AAAA"  # base64 of the length of a key type's name


def own_keys(box: Box) -> dict[str, str]:
    """Return the user's own keys by fingerprint, with where each was found: ``agent``, a path, ``this login``."""
    known = {key.fingerprint: "agent" for key in paramiko.Agent().get_keys()}
    identities = [path.with_name(f"{path.name}.pub") for path in box.resolved.identities]
    for path in (*identities, *sorted(box.files.directory.glob("*.pub"))):
        for found in _fingerprints(path):
            known.setdefault(found, str(path))
    if used := box.carrier.key_used:
        known.setdefault(used, "this login")
    return known


def _fingerprints(path: Path) -> Iterator[str]:
    try:
        words = path.read_text(errors="replace").split()
    except OSError:
        return
    for word in words:
        if word.startswith(_MATERIAL):
            try:
                yield fingerprint(word)
            except ValueError:
                # It only looks like a key.
                continue
