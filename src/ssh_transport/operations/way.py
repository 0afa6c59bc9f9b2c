"""The way to a host that the person's own ssh config gives it, which an alias under another name would lose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import resolve
from ssh_transport.platforms.address import with_name

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.platforms.endpoint import Endpoint

# Whatever applies to this name applies to every name, and so to an alias of ours too.
_ANY_NAME = "ssh-transport.invalid"


def as_configured(ssh: SshFiles, endpoint: Endpoint) -> Endpoint:
    """
    Return the endpoint with the jump or proxy that the config file has for its host, if it says none itself.

    :raises AliasError: the host is an alias itself, which stands for another address.
    """
    if not ssh.config.exists():
        return endpoint
    resolved = resolve(ssh, endpoint.host)
    written_in = config_file.where(ssh.config, endpoint.host)
    if written_in and resolved.host != endpoint.host.lower():
        raise AliasError(
            f"`{endpoint.host}` is an alias already",
            cause=f"{written_in} says what it stands for",
            hint=f"use it as it is: ssh-transport -H {endpoint.host} config.doctor",
        )
    if endpoint.jump or "ProxyCommand" in dict(endpoint.options):
        return endpoint
    everywhere = resolve(ssh, _ANY_NAME)
    if resolved.proxy_jump and resolved.proxy_jump != everywhere.proxy_jump:
        return replace(endpoint, jump=resolved.proxy_jump)
    if resolved.proxy_command and resolved.proxy_command != everywhere.proxy_command:
        command = with_name(resolved.proxy_command, endpoint.host)
        return replace(endpoint, options=(*endpoint.options, ("ProxyCommand", command)))
    return endpoint
