"""A box: a name a person typed, what OpenSSH makes of it, and a Fabric connection that checks the host key."""

from __future__ import annotations

import fnmatch
import logging
import re
import shlex
import socket
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import fabric
import paramiko
from fabric.util import get_local_user

from . import endpoint, host_keys, platforms, report, ssh_config
from .boundary import translated
from .errors import EndpointTooWeak, NoTarget, SettingsError, UsageError
from .openssh import SSH_PORT, Resolved, SshFiles, resolve
from .settings import SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke import Context

    from .profile import Capability, Profile, Reach


# Without a handler Python prints what Paramiko logs about a broken link; we say it ourselves, `--debug` still shows it.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@dataclass
class Box:
    """One target as it was typed, resolved; connected at first use, closed at the end of a ``with``."""

    c: Context
    name: str
    files: SshFiles
    resolved: Resolved
    _opened: fabric.Connection | None = field(default=None, repr=False)

    @property
    def connection(self) -> fabric.Connection:
        """The open connection, made now if there is none."""
        if self._opened is None:
            self._opened = connect(self)
        return self._opened

    @property
    def given(self) -> Mapping[str, Any]:
        """What the caller gave for Paramiko's `connect`: Fabric's flags, settings, or a Connection's own arguments."""
        if isinstance(self.c, fabric.Connection):
            return dict(self.c.connect_kwargs)
        return dict(self.c.config.get("connect_kwargs") or {})

    @property
    def address(self) -> str:
        """Where it is, whatever it is called."""
        return f"{self.resolved.user}@{self.resolved.host}:{self.resolved.port}"

    @cached_property
    def platform(self) -> tuple[Profile, Reach]:
        """The platform it is on, and the kind of endpoint that leads to it."""
        return platforms.platform_of(self.files.config, self.resolved)

    def require(self, capability: Capability) -> None:
        """
        Stop before anything starts if the endpoint is of a kind that can't do it.

        :raises EndpointTooWeak: with the way to a better endpoint on that platform.
        """
        profile, reach = self.platform
        if capability not in reach.capabilities:
            raise EndpointTooWeak(
                f"`{self.name}` is a {reach.name} endpoint of {profile.display_name}, which has no {capability}",
                box=self.name,
                hint=reach.better,
            )

    def reconnect(self, **connect_kwargs: Any) -> None:
        """Replace the connection, which may be dead without our knowing; arguments as of `connect`."""
        self.close()
        self._opened = connect(self, **connect_kwargs)

    def close(self) -> None:
        """Close the connection, if one was opened."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def boxes(c: Context, on: str = "") -> list[Box]:
    """
    Return the boxes that a task is for: `on`, else the connection it was given, else the setting ``boxes``.

    :param on: names, comma-separated: aliases, globs over the aliases in the config file, or ``user@host:port``.
    :raises NoTarget: none was named; the message lists the known aliases.
    """
    files = SshFiles.of(c)
    if not on and isinstance(c, fabric.Connection):
        return [_of_connection(c, files)]
    words = on or c.config.get("boxes") or ""
    listed = words.split(",") if isinstance(words, str) else words
    if not hasattr(listed, "__iter__") or not all(isinstance(word, str) for word in listed):
        raise SettingsError(f"`boxes` is {words!r}, not a list of names", hint="boxes: [proj-1, proj-2]")
    names = _expanded([word.strip() for word in listed if word.strip()], ssh_config.aliases(files.config))
    if not names:
        known = ", ".join(ssh_config.aliases(files.config))
        raise NoTarget(
            "no box was named",
            cause=f"known aliases: {known}" if known else f"no alias is in {files.config} yet",
            hint="name one: `fab -H ALIAS ...`, `inv ... --on ALIAS`, or `boxes:` in fabric.yaml or invoke.yaml",
        )
    return [_of_name(c, files, name) for name in names]


def connect(box: Box, **connect_kwargs: Any) -> fabric.Connection:
    """
    Open a new connection: the host key checked or pinned first, then the login.

    :param connect_kwargs: Paramiko's, over those of the alias; ``password=`` for instance.
    :raises ReachError: not reached, not trusted, or not let in.
    """
    connection = _closed(box, connect_kwargs)
    host_keys.trust(connection, box.resolved, on_first=lambda seen: _tell_first_contact(box, seen))
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
    given = dict(box.given)
    timeout_s = given.pop("timeout", settings.login_timeout_s)
    wanted = {
        "key_filename": [str(path) for path in resolved.identities if path.is_file()],
        "look_for_keys": False,
        "allow_agent": not resolved.identities_only,
        "pkey": _held_identity(resolved) if resolved.identities_only else None,
        "banner_timeout": settings.login_timeout_s,
        "auth_timeout": settings.login_timeout_s,
        **given,
        **connect_kwargs,
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


def _expanded(words: Sequence[str], aliases: Sequence[str]) -> list[str]:
    """Replace globs by the aliases they match; every name once, in order."""
    names: dict[str, None] = {}
    for word in words:
        matches = fnmatch.filter(aliases, word) if set(word) & set("*?") else [word]
        if not matches:
            raise NoTarget(f"no alias matches `{word}`", cause=f"known aliases: {', '.join(aliases) or 'none'}")
        names.update(dict.fromkeys(matches))
    return list(names)


def _of_name(c: Context, files: SshFiles, name: str) -> Box:
    said = endpoint.target(name)
    resolved = resolve(files, said.host, user=said.user, port=said.port)
    return Box(c, name, files, resolved)


def _of_connection(c: fabric.Connection, files: SshFiles) -> Box:
    """Resolve a Fabric connection again, from what its user said; Fabric's defaults are not what was said."""
    found = resolve(files, c.original_host)
    if c.gateway and not (found.proxy_jump or found.proxy_command):
        raise UsageError(
            "a gateway given in Python leads only Fabric, not `ssh`",
            hint=f"put `ProxyJump` into the alias of `{c.original_host}`: it is used by both",
        )
    user = c.user if c.user != get_local_user() else None
    port = c.port if c.port != SSH_PORT else None
    return Box(c, c.original_host, files, resolve(files, c.original_host, user=user, port=port))
