"""The user's own keys on this machine: which there are, and whether that of an alias is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.openssh import config_file
from ssh_transport.openssh.public_key import fingerprint
from ssh_transport.openssh.resolution import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles

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


def missing_key(ssh: SshFiles, alias: str, default: str) -> Path | None:
    """
    Return the private key that is to be made before an alias of ours can be reached by one; `None` where there is one.

    Half a pair counts, as nothing is made beside it; so does a key of the agent, where the alias wants no other.

    :param default: the path of the key that is taken where the alias names none; ``~`` is the home.
    """
    block = config_file.blocks(ssh.config).get(alias)
    usual = Path(default).expanduser()
    named = block.options.get("IdentityFile", "").strip('"') if block else ""
    wanted = Path(named).expanduser() if named else usual
    places = [wanted, *resolve(ssh, alias).identities]
    if any(half.exists() for path in places for half in (path, path.with_name(f"{path.name}.pub"))):
        return None
    return None if wanted == usual and paramiko.Agent().get_keys() else wanted


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
