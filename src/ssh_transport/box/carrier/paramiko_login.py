"""Connects to a box as OpenSSH would, through Fabric, after checking its host key."""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import shlex
import socket
from typing import TYPE_CHECKING, Any

import fabric
import paramiko

from ssh_transport.errors.translation import translated
from ssh_transport.openssh import host_keys
from ssh_transport.settings import SshKeySettings

from . import host_key_told
from .carrier import Login

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import Resolved

    from .target import Target

# Without a handler Python prints what Paramiko logs about a broken link; we report it ourselves, `--debug` shows both.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


def connect(target: Target, login: Login) -> fabric.Connection:
    """
    Open a new connection: check or pin the host key, then log in.

    :raises ReachError: the box was not reached, its host key is not trusted, or the login was refused.
    """
    connection = _closed(target, login)
    tell = functools.partial(host_key_told.tell_pinned, target)
    refusal = functools.partial(host_key_told.unknown, target)
    try:
        host_keys.trust(connection, target.resolved, on_first=tell, refusal=refusal, remember=login.remember)
        with translated(target.name):
            connection.open()
        _prepare(connection, target)
    except BaseException:
        # Paramiko leaves its thread and socket behind when the login fails, and a `ProxyCommand` that it never used.
        connection.client.close()
        if (gateway := connection.connect_kwargs.get("sock")) is not None:
            with contextlib.suppress(OSError):
                gateway.close()
        raise
    return connection


def _prepare(connection: fabric.Connection, target: Target) -> None:
    """Make an open connection quick, and quick to notice its end."""
    if isinstance(connection.transport.sock, socket.socket):
        # Nagle's algorithm would delay short requests by the 40 ms of a delayed acknowledgement.
        connection.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.transport.set_keepalive(SshKeySettings.of(target.c).login_timeout_s)


def shown_host_key(target: Target) -> paramiko.PKey:
    """
    Return the host key that the box presents, trusted or not, without logging in.

    :raises ReachError: the box does not answer.
    """
    with translated(target.name):
        return host_keys.ask(_closed(target, Login()), target.resolved)


def _closed(target: Target, login: Login) -> fabric.Connection:
    """Return a closed connection with the settings that OpenSSH would use for this target."""
    resolved = target.resolved
    # The alias is already resolved: Fabric must not resolve it again with Paramiko's weaker parser.
    config = fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig())
    timeout_s = login.timeout_s or target.login_timeout_s
    wanted = {
        "key_filename": [str(path) for path in resolved.identities if path.is_file()],
        "look_for_keys": False,
        "allow_agent": not resolved.identities_only,
        "pkey": _held_identity(resolved) if resolved.identities_only else None,
        "banner_timeout": timeout_s,
        "auth_timeout": timeout_s,
        **{key: value for key, value in target.given.items() if key not in {"timeout", "password", "passphrase"}},
        **login.typed(target),
        **_keys(login),
    }
    if (gateway := _gateway(target)) is not None:
        wanted["sock"] = gateway
    return fabric.Connection(
        resolved.host,
        user=resolved.user,
        port=resolved.port,
        connect_timeout=timeout_s,
        connect_kwargs=wanted,
        config=config,
    )


def _held_identity(resolved: Resolved) -> paramiko.PKey | None:
    """Return the first agent key that is one of the identities (``IdentitiesOnly`` permits no others), or `None`."""
    public = [path.with_name(f"{path.name}.pub") for path in resolved.identities]
    lines = {word for path in public if path.is_file() for word in path.read_text(errors="replace").split()}
    return next((key for key in paramiko.Agent().get_keys() if key.get_base64() in lines), None)


def _keys(login: Login) -> dict[str, Any]:
    """Return the keys that alone may be offered, if not all may."""
    if login.password:
        return {"allow_agent": False, "key_filename": []}
    if login.only is None:
        return {}
    held = next((key for key in paramiko.Agent().get_keys() if key.get_base64() == login.only.material), None)
    alone = {"pkey": held, "key_filename": []} if held else {"key_filename": [str(login.only.private_path)]}
    return {"allow_agent": False, **alone}


def _gateway(target: Target) -> paramiko.ProxyCommand | None:
    """Start the proxy command, or an `ssh -W` for a jump, which checks the host key of the jump host; else `None`."""
    resolved = target.resolved
    if resolved.proxy_jump:
        *first, last = resolved.proxy_jump.split(",")
        jumps = ["-J", ",".join(first)] if first else []
        jump = last if last.startswith("ssh://") else f"ssh://{last}"
        words = ["ssh", *target.files.words, *jumps, "-W", f"[{resolved.host}]:{resolved.port}", jump]
        return paramiko.ProxyCommand(shlex.join(words))
    if resolved.proxy_command:
        tokens = {"%h": resolved.host, "%p": str(resolved.port), "%r": resolved.user}
        command = re.sub(
            "%.",
            lambda found: {**tokens, "%n": resolved.name, "%%": "%"}.get(found[0], found[0]),
            resolved.proxy_command,
        )
        return paramiko.ProxyCommand(shlex.join(["sh", "-c", f"exec {command}"]))
    return None
