"""What an alias resolves to now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file, host_keys
from ssh_transport.openssh.resolution import resolve
from ssh_transport.platforms.profiles import platform_of
from ssh_transport.text import did_you_mean

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


@dataclass(frozen=True)
class AliasFacts:
    """
    An alias as `ssh` resolves it.

    :ivar alias: its name.
    :ivar platform: the profile of its platform.
    :ivar endpoint: ``user@host:port``.
    :ivar kind: which of the platform's kinds of endpoint it is.
    :ivar capabilities: what that kind can do: ``exec``, ``rsync``, ``sftp``, ``terminal``.
    :ivar identities: the private keys that are offered.
    :ivar keepalive: how often the connection is tried, and when it counts as dead.
    :ivar pinned_as: the name of its host keys in known_hosts.
    :ivar host_keys: the fingerprints that are pinned, each with its type.
    :ivar written_in: ``file:line`` of its block.
    :ivar group: the group of boxes that it was added to, or empty.
    :ivar jump: its ``ProxyJump``, or empty.
    :ivar proxy_command: its ``ProxyCommand``, or empty.

    >>> config.show(c, "proj-1").platform
    'generic'
    """

    alias: str
    platform: str
    endpoint: str
    kind: str
    capabilities: tuple[str, ...]
    identities: tuple[str, ...]
    keepalive: str
    pinned_as: str
    host_keys: tuple[str, ...]
    written_in: str
    group: str = ""
    jump: str = ""
    proxy_command: str = ""

    def __str__(self) -> str:
        can = ", ".join(self.capabilities) or "an interactive shell only"
        keys = ", ".join(self.host_keys) or "none yet: the first login pins it"
        rows = {
            "alias": self.alias,
            "endpoint": self.endpoint,
            **({"jump": self.jump} if self.jump else {}),
            **({"proxy": self.proxy_command} if self.proxy_command else {}),
            "platform": f"{self.platform}, {self.kind} ({can})",
            **({"group": f"@{self.group}"} if self.group else {}),
            "identity": ", ".join(self.identities),
            "keepalive": self.keepalive,
            "host key": f"{keys} (known as {self.pinned_as})",
            "written in": self.written_in,
        }
        return "\n".join(f"{key + ':':12} {value}" for key, value in rows.items())


def alias_facts(ssh: SshFiles, alias: str) -> AliasFacts:
    """
    Resolve an alias.

    :raises AliasError: no `Host` line contains its name.
    """
    written_in = config_file.where(ssh.config, alias)
    if not written_in:
        known = config_file.aliases(ssh.config)
        hint = f"{did_you_mean(alias, known)}all aliases: ssh-transport config.list"
        cause = f"known aliases: {', '.join(known) or 'none'}"
        raise AliasError(f"there is no alias `{alias}`", cause=cause, hint=hint)
    resolved = resolve(ssh, alias)
    platform, reach = platform_of(ssh.config, resolved)
    options = resolved.options
    return AliasFacts(
        alias=alias,
        platform=platform.slug,
        kind=reach.name,
        endpoint=f"{resolved.user}@{resolved.host}:{resolved.port}",
        capabilities=tuple(sorted(reach.capabilities)),
        identities=tuple(map(str, resolved.identities)),
        keepalive=f"every {options.get('serveraliveinterval', '0')} s, "
        f"dead after {options.get('serveralivecountmax', '3')} unanswered",
        pinned_as=resolved.pinned_as,
        host_keys=tuple(f"{host_keys.fingerprint(key)} ({key.get_name()})" for key in host_keys.pinned(resolved)),
        written_in=written_in,
        group=block.group if (block := config_file.blocks(ssh.config).get(alias)) else "",
        jump=resolved.proxy_jump,
        proxy_command=resolved.proxy_command,
    )


def our_aliases(ssh: SshFiles) -> list[AliasFacts]:
    """Return the aliases of our own blocks, in natural order."""
    return [alias_facts(ssh, alias) for alias in config_file.blocks(ssh.config)]
