"""A box: a name a person typed, what OpenSSH makes of it, and a Fabric connection that checks the host key."""

from __future__ import annotations

import fnmatch
import logging
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import fabric
import paramiko
from fabric.util import get_local_user

from . import endpoint, host_keys, report, ssh_config
from .boundary import translated
from .errors import NoTarget
from .openssh import SSH_PORT, Resolved, SshFiles, resolve
from .settings import SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke import Context


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
    listed = words.split(",") if isinstance(words, str) else list(words)
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
    resolved = box.resolved
    settings = SshKeySettings.of(box.c)
    # The alias is resolved already: Fabric must not look it up once more with a parser that knows less.
    config = fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig())
    keys = [str(path) for path in resolved.identities if path.is_file()]
    given = dict(box.c.config.get("connect_kwargs") or {})
    timeout_s = given.pop("timeout", settings.login_timeout_s)
    wanted = {
        "key_filename": keys,
        "look_for_keys": False,
        "allow_agent": not resolved.identities_only,
        "banner_timeout": settings.login_timeout_s,
        "auth_timeout": settings.login_timeout_s,
        **given,
        **connect_kwargs,
    }
    if (gateway := _gateway(box)) is not None:
        wanted["sock"] = gateway
    connection = fabric.Connection(
        resolved.host,
        user=resolved.user,
        port=resolved.port,
        connect_timeout=timeout_s,
        connect_kwargs=wanted,
        config=config,
    )
    host_keys.trust(connection, resolved, lambda seen: report.say(f"{box.name}: first contact, pinned host key {seen}"))
    with translated(box.name):
        try:
            connection.open()
        except BaseException:
            # Paramiko leaves its thread and socket behind when the login fails.
            connection.client.close()
            raise
    connection.transport.set_keepalive(settings.login_timeout_s)
    return connection


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
    user = c.user if c.user != get_local_user() else None
    port = c.port if c.port != SSH_PORT else None
    return Box(c, c.original_host, files, resolve(files, c.original_host, user=user, port=port))
