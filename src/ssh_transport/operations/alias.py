"""An alias block in the ssh config file."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files, host_keys, ssh_config
from ssh_transport.change import Change
from ssh_transport.errors import AliasError
from ssh_transport.openssh import SSH_PORT, SshFiles, resolve
from ssh_transport.ssh_config import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssh_transport.endpoint import Endpoint

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_LOCK_WAIT_S = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Style:
    """What an alias gets besides its endpoint."""

    identity: str
    keepalive_s: int
    keepalive_misses: int
    platform: str


def ensure_alias(ssh: SshFiles, project: str, endpoint: Endpoint, style: Style) -> Change:
    """
    Ensure that an alias leads to `endpoint`; the config file's other bytes stay.

    :param project: ``proj`` takes the next free ``proj-<index>``, ``proj-3`` names the alias itself.
    :raises AliasError: the name is taken, the file can't be parsed, or the block would not take effect.
    """
    if not _NAME.fullmatch(project):
        raise AliasError(f"`{project}` is no alias name", hint="use letters, digits, dots and dashes: proj-1")
    with _config(ssh) as text:
        alias = _same(text, project, endpoint) or _free(ssh, project)
        block = Block(_options(ssh, alias, endpoint, style), style.platform)
        state = f"alias {alias}, platform {style.platform}: {_address(block.options)}"
        existing = ssh_config.ours(text).get(alias)
        if existing == block:
            return Change(state, made=False)
        if existing or ssh_config.where(ssh.config, alias):
            raise AliasError(
                f"alias `{alias}` exists",
                cause=f"{ssh_config.where(ssh.config, alias)} leads elsewhere or says more",
                hint="take another name" + (f", or change it: inv config.update {alias} '...'" if existing else ""),
            )
        _replace(ssh, alias, text, block)
    return Change(state, made=True)


def update_alias(ssh: SshFiles, alias: str, changes: Mapping[str, str], platform: str = "") -> Change:
    """
    Ensure that our block for `alias` has these options; the others stay.

    :param changes: ssh_config options, such as ``{"Port": "38077"}``.
    :param platform: the platform, if that changes too.
    :raises AliasError: the alias is not ours, or the block would not take effect.
    """
    with _config(ssh) as text:
        old = ssh_config.ours(text).get(alias)
        if old is None:
            raise ssh_config.not_ours(text, alias)
        new = Block({**old.options, **changes}, platform or old.platform)
        if new != old:
            _replace(ssh, alias, text, new)
    return Change(f"alias {alias}, platform {new.platform}: {_address(new.options)}", made=new != old)


def remove_alias(ssh: SshFiles, alias: str) -> Change:
    """
    Ensure that our block for `alias` is gone, and the host keys pinned under it with it.

    The name may be given to another box later, which has another key.

    :raises AliasError: the alias is not one of ours.
    """
    with _config(ssh) as text:
        if alias not in ssh_config.ours(text) and not ssh_config.where(ssh.config, alias):
            return Change(f"no alias {alias}", made=False)
        changed = ssh_config.without_block(text, alias)
        host_keys.forget(resolve(ssh, alias).known_hosts, {alias.lower()})
        files.write(ssh.config, changed, mode=0o600)
    return Change(f"removed alias {alias} and the host keys pinned for it", made=True)


def endpoint_options(endpoint: Endpoint) -> dict[str, str]:
    """Return the options that an endpoint decides."""
    # `ssh -G` answers in lower case, and names have none.
    options = {"HostName": endpoint.host.lower(), "Port": str(endpoint.port or SSH_PORT)}
    if endpoint.user:
        options["User"] = endpoint.user
    if endpoint.identity:
        options["IdentityFile"] = endpoint.identity
    if endpoint.jump:
        options["ProxyJump"] = endpoint.jump
    return options


def _options(ssh: SshFiles, alias: str, endpoint: Endpoint, style: Style) -> dict[str, str]:
    options = endpoint_options(endpoint)
    key = endpoint.identity or style.identity
    # Where ~ means another place to ssh than to us, the block must say which.
    options["IdentityFile"] = str(Path(key).expanduser()) if ssh.home_moved else key
    options |= {
        "ServerAliveInterval": str(style.keepalive_s),
        "ServerAliveCountMax": str(style.keepalive_misses),
        "TCPKeepAlive": "yes",
        # Gateways are shared by many tenants and addresses are recycled: pin per box, not per address.
        "HostKeyAlias": alias.lower(),
    }
    if ssh.home_moved:
        options["UserKnownHostsFile"] = str(ssh.known_hosts)
    return options


@contextlib.contextmanager
def _config(ssh: SshFiles) -> Iterator[bytes]:
    """Hold the config file for ourselves and give its text; two writers would undo each other's work."""
    with files.locked(f"the ssh config {ssh.config}", wait_s=_LOCK_WAIT_S):
        yield ssh.config.read_bytes() if ssh.config.exists() else b""


def _replace(ssh: SshFiles, alias: str, text: bytes, block: Block) -> None:
    """Write the block, once `ssh -G` has confirmed what the new text makes of the alias."""
    changed = ssh_config.with_block(text, alias, block)
    ssh.directory.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=ssh.directory, prefix=".config.") as trial:
        trial.write(changed)
        trial.flush()
        tried = dataclasses.replace(ssh, config=Path(trial.name), config_named=True)
        found = resolve(tried, alias).options
    for key, value in block.options.items():
        if (got := found.get(key.lower(), "").strip('"')) != value:
            raise AliasError(
                f"the block for `{alias}` would not take effect; nothing was written",
                cause=f"`{key}` would be `{got}`, not `{value}`",
                hint=f"see which line wins: ssh -G {alias}",
            )
    files.write(ssh.config, changed, mode=0o600)


def _same(text: bytes, project: str, endpoint: Endpoint) -> str:
    """Return our alias of this project that leads to the endpoint already, or nothing."""
    want = (endpoint.host.lower(), str(endpoint.port or SSH_PORT), endpoint.user)
    for alias, block in ssh_config.ours(text).items():
        leads = tuple(block.options.get(key) for key in ("HostName", "Port", "User"))
        if leads == want and re.sub(r"-\d+$", "", alias) == project:
            return alias
    return ""


def _free(ssh: SshFiles, project: str) -> str:
    if re.search(r"-\d+$", project):
        return project
    taken = set(ssh_config.aliases(ssh.config))
    return next(name for index in range(1, len(taken) + 2) if (name := f"{project}-{index}") not in taken)


def _address(options: Mapping[str, str]) -> str:
    user = f"{options['User']}@" if "User" in options else ""
    return f"{user}{options['HostName']}:{options['Port']}"
