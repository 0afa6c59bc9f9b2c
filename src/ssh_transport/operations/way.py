"""The login and the way that the person's own ssh config has for a host: an alias of another name would lose them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import SSH_PORT, resolve
from ssh_transport.platforms.address import with_name
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import Resolved, SshFiles
    from ssh_transport.platforms.endpoint import Endpoint

# Whatever applies to this name applies to every name, and so to an alias of ours too.
_ANY_NAME = "ssh-transport.invalid"


def as_configured(ssh: SshFiles, endpoint: Endpoint, *, is_new: bool = True) -> Endpoint:
    """
    Return the endpoint with what the config file has for its host and it does not say itself.

    That is the user, port, key, and jump or proxy: all of it would be lost under the name of an alias.

    :param is_new: whether it is for a new alias; one that is there keeps its own user and key.
    :raises AliasError: the host is an alias itself, which stands for another address.
    """
    if not ssh.config.exists():
        return endpoint
    resolved = resolve(ssh, endpoint.host, user=endpoint.user, port=endpoint.port)
    written_in = config_file.where(ssh.config, endpoint.host)
    if written_in and resolved.host != endpoint.host.lower():
        raise AliasError(
            f"`{endpoint.host}` is an alias already",
            cause=f"{written_in} says what it stands for",
            hint=f"use it as it is: ssh-transport -H {endpoint.host} config.doctor",
        )
    everywhere = resolve(ssh, _ANY_NAME, user=endpoint.user, port=endpoint.port)
    known = _with_login(endpoint, resolved, everywhere) if is_new else endpoint
    return _with_way(known, resolved, everywhere)


def taken(pasted: Endpoint, endpoint: Endpoint) -> str:
    """Return what an endpoint has from the config file, in words; empty if nothing."""
    said = [
        f"{name} {one_line(str(value))}"
        for name in ("user", "port", "identity", "jump")
        if (value := getattr(endpoint, name)) != getattr(pasted, name)
    ]
    return f"your ssh config has for {endpoint.host}: {', '.join(said)}" if said else ""


def _with_login(endpoint: Endpoint, resolved: Resolved, everywhere: Resolved) -> Endpoint:
    keys = resolved.identities if resolved.identities != everywhere.identities else ()
    own = [key for key in keys if key not in everywhere.identities]
    return replace(
        endpoint,
        user=resolved.user if resolved.user != everywhere.user else endpoint.user,
        # An alias always says its port, so that what applies to every name is lost, too.
        port=resolved.port if resolved.port != SSH_PORT else endpoint.port,
        identity=endpoint.identity or next((str(key) for key in (*own, *keys)), ""),
    )


def _with_way(endpoint: Endpoint, resolved: Resolved, everywhere: Resolved) -> Endpoint:
    if endpoint.jump or "ProxyCommand" in dict(endpoint.options):
        return endpoint
    if resolved.proxy_jump and resolved.proxy_jump != everywhere.proxy_jump:
        return replace(endpoint, jump=resolved.proxy_jump)
    if resolved.proxy_command and resolved.proxy_command != everywhere.proxy_command:
        command = with_name(resolved.proxy_command, endpoint.host)
        return replace(endpoint, options=(*endpoint.options, ("ProxyCommand", command)))
    return endpoint
