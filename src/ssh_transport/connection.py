"""Connections to a box: the one that OpenSSH would make, through Fabric, with the host key checked first."""

from __future__ import annotations

import functools
import logging
import re
import shlex
import socket
from typing import TYPE_CHECKING, Any

import fabric
import paramiko

from . import host_keys, report
from .boundary import translated
from .settings import SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .box import Box
    from .openssh import Resolved

# Without a handler Python prints what Paramiko logs about a broken link; we say it ourselves, `--debug` still shows it.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


def connect(box: Box, *, remember: bool = True, **connect_kwargs: Any) -> fabric.Connection:
    """
    Open a new connection: the host key checked or pinned first, then the login.

    :param remember: whether the host key of a first contact is pinned.
    :param connect_kwargs: Paramiko's, over those of the alias; ``password=`` or ``timeout=`` for instance.
    :raises ReachError: not reached, not trusted, or not let in.
    """
    connection = _closed(box, connect_kwargs)
    tell = functools.partial(_tell_first_contact, box)
    host_keys.trust(connection, box.resolved, on_first=tell, remember=remember)
    with translated(box.name):
        try:
            connection.open()
        except BaseException:
            # Paramiko leaves its thread and socket behind when the login fails.
            connection.client.close()
            raise
    if isinstance(connection.transport.sock, socket.socket):
        # Nagle's algorithm would hold short requests back for the 40 ms of a delayed acknowledgement.
        connection.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.transport.set_keepalive(SshKeySettings.of(box.c).login_timeout_s)
    return connection


def shown_host_key(box: Box) -> paramiko.PKey:
    """
    Ask the box for its host key, trusted or not, without logging in.

    :raises ReachError: it does not answer.
    """
    with translated(box.name):
        return host_keys.ask(_closed(box, {}), box.resolved)


def _closed(box: Box, connect_kwargs: Mapping[str, Any]) -> fabric.Connection:
    """Make the connection that OpenSSH would make for this box, not yet open."""
    resolved = box.resolved
    settings = SshKeySettings.of(box.c)
    # The alias is resolved already: Fabric must not look it up once more with a parser that knows less.
    config = fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig())
    given = {**box.given, **connect_kwargs}
    timeout_s = given.pop("timeout", settings.login_timeout_s)
    wanted = {
        "key_filename": [str(path) for path in resolved.identities if path.is_file()],
        "look_for_keys": False,
        "allow_agent": not resolved.identities_only,
        "pkey": _held_identity(resolved) if resolved.identities_only else None,
        "banner_timeout": settings.login_timeout_s,
        "auth_timeout": settings.login_timeout_s,
        **given,
    }
    if (gateway := _gateway(box)) is not None:
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
    """Return the key of the agent that is one of the identities, which ``IdentitiesOnly`` lets in."""
    public = [path.with_name(f"{path.name}.pub") for path in resolved.identities]
    lines = {word for path in public if path.is_file() for word in path.read_text(errors="replace").split()}
    return next((key for key in paramiko.Agent().get_keys() if key.get_base64() in lines), None)


def _tell_first_contact(box: Box, seen: str) -> None:
    profile, _ = box.platform
    where = f"; compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else ""
    report.say(f"{box.name}: first contact, pinned host key {seen}{where}")


def _gateway(box: Box) -> paramiko.ProxyCommand | None:
    """Start what leads to the box; a jump is left to `ssh`, which checks the jump's own host key."""
    resolved = box.resolved
    if resolved.proxy_jump:
        *first, last = resolved.proxy_jump.split(",")
        jumps = ["-J", ",".join(first)] if first else []
        target = last if last.startswith("ssh://") else f"ssh://{last}"
        words = ["ssh", *box.files.words, *jumps, "-W", f"[{resolved.host}]:{resolved.port}", target]
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
