"""An alias block in the ssh config file."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files, host_keys, ssh_config
from ssh_transport.change import Change
from ssh_transport.errors import AliasError
from ssh_transport.openssh import SSH_PORT, SshFiles, resolve
from ssh_transport.platforms import recognise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.endpoint import Endpoint
    from ssh_transport.settings import HostConfigSettings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LOCK_WAIT_S = 10


def ensure_alias(
    ssh: SshFiles, project: str, endpoint: Endpoint, *, identity: str, settings: HostConfigSettings
) -> Change:
    """
    Ensure that an alias leads to `endpoint`; the config file's other bytes stay.

    :param project: ``proj`` takes the next free ``proj-<index>``, ``proj-3`` names the alias itself.
    :param identity: the private key for it, where the endpoint names none.
    :raises AliasError: the name is taken, the file can't be parsed, or the block would not take effect.
    """
    if not _NAME.fullmatch(project):
        raise AliasError(f"`{project}` is no alias name", hint="use letters, digits, dots and dashes: proj-1")
    with files.locked(f"the ssh config {ssh.config}", wait_s=_LOCK_WAIT_S):
        text = ssh.config.read_bytes() if ssh.config.exists() else b""
        alias = _same(text, project, endpoint) or _free(ssh, project)
        options = _options(ssh, alias, endpoint, identity, settings)
        platform, _ = recognise(endpoint.host, endpoint.user)
        existing = ssh_config.ours(text).get(alias)
        state = f"alias {alias}, platform {platform.slug}: {_address(options)}"
        if existing == options:
            return Change(state, made=False)
        if existing or ssh_config.where(ssh.config, alias):
            raise AliasError(
                f"alias `{alias}` exists",
                cause=f"{ssh_config.where(ssh.config, alias)} leads elsewhere or says more",
                hint=f"take another name, or remove it first: inv config.remove {alias}",
            )
        changed = ssh_config.with_block(text, alias, options, note=f"platform: {platform.slug}")
        _prove(ssh, alias, changed, options)
        files.write(ssh.config, changed, mode=0o600)
    return Change(state, made=True)


def remove_alias(ssh: SshFiles, alias: str) -> Change:
    """
    Ensure that our block for `alias` is gone, and the host keys pinned under it with it.

    The name may be given to another box later, which has another key.

    :raises AliasError: the alias is not one of ours.
    """
    with files.locked(f"the ssh config {ssh.config}", wait_s=_LOCK_WAIT_S):
        text = ssh.config.read_bytes() if ssh.config.exists() else b""
        if alias not in ssh_config.ours(text) and not ssh_config.where(ssh.config, alias):
            return Change(f"no alias {alias}", made=False)
        changed = ssh_config.without_block(text, alias)
        host_keys.forget(resolve(ssh, alias).known_hosts, alias)
        files.write(ssh.config, changed, mode=0o600)
    return Change(f"removed alias {alias} and the host keys pinned for it", made=True)


def _options(
    ssh: SshFiles, alias: str, endpoint: Endpoint, identity: str, settings: HostConfigSettings
) -> dict[str, str]:
    options = {"HostName": endpoint.host, "Port": str(endpoint.port or SSH_PORT)}
    if endpoint.user:
        options["User"] = endpoint.user
    key = endpoint.identity or identity
    # Where ~ means another place to ssh than to us, the block must say which.
    options["IdentityFile"] = ssh_config.quoted(str(Path(key).expanduser()) if ssh.home_moved else key)
    options |= {
        "ServerAliveInterval": str(settings.keepalive_s),
        "ServerAliveCountMax": str(settings.keepalive_misses),
        "TCPKeepAlive": "yes",
        # Gateways are shared by many tenants and addresses are recycled: pin per box, not per address.
        "HostKeyAlias": alias,
    }
    if endpoint.jump:
        options["ProxyJump"] = endpoint.jump
    if ssh.home_moved:
        options["UserKnownHostsFile"] = ssh_config.quoted(str(ssh.known_hosts))
    return {key: value.strip('"') for key, value in options.items()}


def _prove(ssh: SshFiles, alias: str, text: bytes, options: Mapping[str, str]) -> None:
    """Ask `ssh -G` what the new text makes of the alias, before it replaces the old."""
    ssh.directory.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=ssh.directory, prefix=".config.") as trial:
        trial.write(text)
        trial.flush()
        tried = dataclasses.replace(ssh, config=Path(trial.name), config_named=True)
        found = resolve(tried, alias).options
    for key, value in options.items():
        if (got := found.get(key.lower(), "").strip('"')) != value:
            raise AliasError(
                f"the block for `{alias}` would not take effect; nothing was written",
                cause=f"`{key}` would be `{got}`, not `{value}`",
                hint=f"see which line wins: ssh -G {alias}",
            )


def _same(text: bytes, project: str, endpoint: Endpoint) -> str:
    """Return our alias of this project that leads to the endpoint already, or nothing."""
    want = (endpoint.host, str(endpoint.port or SSH_PORT), endpoint.user)
    for alias, options in ssh_config.ours(text).items():
        leads = (options.get("HostName"), options.get("Port"), options.get("User"))
        if leads == want and _project(alias) == project:
            return alias
    return ""


def _free(ssh: SshFiles, project: str) -> str:
    if _numbered(project):
        return project
    taken = set(ssh_config.aliases(ssh.config))
    return next(name for index in range(1, len(taken) + 2) if (name := f"{project}-{index}") not in taken)


def _numbered(name: str) -> bool:
    return bool(re.search(r"-\d+$", name))


def _project(name: str) -> str:
    return re.sub(r"-\d+$", "", name)


def _address(options: Mapping[str, str]) -> str:
    user = f"{options['User']}@" if "User" in options else ""
    return f"{user}{options['HostName']}:{options['Port']}"
