"""Whether this machine has the key that an alias is to be reached by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import resolve

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


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
