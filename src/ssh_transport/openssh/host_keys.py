"""
The host keys that known_hosts files pin, and the policy for a first contact.

Fabric accepts any key and never reads known_hosts; each of our connections is set up by `trust` instead.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import paramiko

from ssh_transport.errors import HostKeyChanged, LocalFileError

from . import known_hosts
from .resolution import SSH_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fabric import Connection

    from ssh_transport.errors import HostKeyUnknown

    from .resolution import Resolved


def fingerprint(key: paramiko.PKey) -> str:
    """Return the fingerprint as OpenSSH and platform logs print it: ``SHA256:...``."""
    return str(key.fingerprint)


def pinned(resolved: Resolved) -> list[paramiko.PKey]:
    """Return the keys that `ssh` would accept for this target, oldest entry first; ``@revoked`` keys are left out."""
    entries = list(_known(resolved))
    revoked = [key for marker, key in entries if marker == "@revoked"]
    return [key for marker, key in entries if not marker and key not in revoked]


def of_address(resolved: Resolved) -> list[paramiko.PKey]:
    """Return the keys that are pinned for the address itself, under whatever name it is known; behind a jump none."""
    if resolved.proxy_jump or resolved.proxy_command:
        return []
    return pinned(replace(resolved, host_key_alias=""))


def trust(
    connection: Connection,
    resolved: Resolved,
    *,
    on_first: Callable[[paramiko.PKey], None],
    refusal: Callable[[str], HostKeyUnknown],
    remember: bool = True,
) -> None:
    """
    Make `connection` accept only a pinned key, or pin the key of a first contact (OpenSSH's ``accept-new``).

    :param on_first: called with the key when one is pinned.
    :param refusal: returns the error where an unknown key, fingerprint and type, is not to be pinned: the person's own
        ``StrictHostKeyChecking yes`` counts as for `ssh`.
    :param remember: whether the key of a first contact is pinned; if not, nothing is written.
    """
    known = pinned(resolved)
    entries = list(_known(resolved))

    def check(key: paramiko.PKey) -> None:
        if key in known:
            return
        check_revoked(resolved, key)
        if any(not marker for marker, _ in entries):
            raise changed(resolved, _named(key))
        if resolved.options.get("stricthostkeychecking", "").lower() in {"yes", "true"}:
            raise refusal(_named(key))
        if remember:
            pin(resolved, key)
            on_first(key)

    _prepare(connection, known, check)


def ask(connection: Connection, resolved: Resolved) -> paramiko.PKey:
    """Open `connection` up to the key exchange, close it, and return the host key that the server presented."""

    def stop(key: paramiko.PKey) -> None:
        raise _Seen(key)

    _prepare(connection, pinned(resolved), stop)
    try:
        connection.open()
    except _Seen as seen:
        return seen.key
    finally:
        connection.client.close()
    raise AssertionError("the policy stops every connection")


def changed(resolved: Resolved, shown: str) -> HostKeyChanged:
    """Return the error of a box that shows another key than the pinned one: fingerprint and type."""
    trusted = ", ".join(_named(key) for marker, key in _known(resolved) if not marker)
    return HostKeyChanged(
        f"the host key of `{resolved.name}` changed; nothing was sent",
        cause=f"pinned: {trusted}\nnow:    {shown}",
        hint="after a re-create this is normal: compare the new fingerprint with what the platform shows, then type "
        f"ssh-transport config.forget {typed_name(resolved)}\notherwise someone may be in between",
    )


def revoked(resolved: Resolved, shown: str) -> HostKeyChanged:
    """Return the error of a box that shows a key that must not be trusted any more."""
    return HostKeyChanged(
        f"the host key of `{resolved.name}` is marked as revoked; nothing was sent",
        box=resolved.name,
        cause=f"revoked: {shown}",
        hint=f"see the `@revoked` line in {resolved.known_hosts[0]}",
    )


def unpinned(resolved: Resolved, cause: str) -> LocalFileError:
    """Return the error of a first contact whose key can't be remembered: the next one could be anybody."""
    path, place = resolved.known_hosts[0], shlex.quote(str(resolved.known_hosts[0].parent))
    return LocalFileError(
        f"the host key of `{resolved.name}` can't be pinned; nothing was sent",
        cause=cause,
        hint=f"see what keeps {path} from being written: ls -la {place}; df {place}\n"
        "or let the alias have another file, by a line `UserKnownHostsFile FILE` in ~/.ssh/config",
    )


def can_pin(resolved: Resolved) -> bool:
    """Whether a first contact can be remembered."""
    path = resolved.known_hosts[0]
    there = next(one for one in (path, *path.parents) if one.exists())
    return os.access(there, os.W_OK) and (there == path or there.is_dir()) and not path.is_dir()


def typed_name(resolved: Resolved) -> str:
    """Return what a person types for a target: its alias, or all of an address that is none."""
    if resolved.name != resolved.host or resolved.port == SSH_PORT:
        return resolved.name
    host = f"[{resolved.host}]" if ":" in resolved.host else resolved.host
    return f"{resolved.user}@{host}:{resolved.port}"


def pin(resolved: Resolved, key: paramiko.PKey) -> None:
    """
    Append the key to the first known_hosts file, as `ssh` would, after adding a missing last newline.

    :raises LocalFileError: it can't be written.
    """
    line = f"{resolved.pinned_as} {key.get_name()} {key.get_base64()}\n"
    try:
        known_hosts.append(resolved.known_hosts[0], line)
    except OSError as exc:
        raise unpinned(resolved, str(exc)) from exc


def check_revoked(resolved: Resolved, key: paramiko.PKey) -> None:
    """
    Check that a key is not one that must not be trusted any more.

    :raises HostKeyChanged: it is.
    """
    if ("@revoked", key) in _known(resolved):
        raise revoked(resolved, _named(key))


class _Policy(paramiko.MissingHostKeyPolicy):
    """Check every key with our function: Paramiko's own store stays empty, as it does not support `HostKeyAlias`."""

    def __init__(self, check: Callable[[paramiko.PKey], None]) -> None:
        self._check = check

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 - the signature is Paramiko's
        self._check(key)


class _Seen(Exception):
    """Ends a connection after the key exchange, and carries its host key."""

    def __init__(self, key: paramiko.PKey) -> None:
        super().__init__("host key seen")
        self.key = key


def _prepare(connection: Connection, known: list[paramiko.PKey], check: Callable[[paramiko.PKey], None]) -> None:
    kinds = {key.get_name() for key in known}

    def transport(sock: Any, **kwargs: Any) -> paramiko.Transport:
        # A server has one key of each type: prefer the types of the pinned keys.
        made = paramiko.Transport(sock, **kwargs)
        options = made.get_security_options()
        options.key_types = sorted(options.key_types, key=lambda kind: _plain(kind) not in kinds)
        return made

    connection.connect_kwargs["transport_factory"] = transport
    connection.client.set_missing_host_key_policy(_Policy(check))


def _known(resolved: Resolved) -> Iterator[tuple[str, paramiko.PKey]]:
    """Yield marker and key of every known_hosts line for this target."""
    name = resolved.pinned_as
    for lines in known_hosts.read((*resolved.known_hosts, *resolved.global_known_hosts)):
        for marker, names, key in lines.about(name):
            if known_hosts.matches(names, name):
                yield marker, key


def _named(key: paramiko.PKey) -> str:
    return f"{fingerprint(key)} ({key.get_name()})"


def _plain(kind: str) -> str:
    """Return the key type of a signature algorithm: RSA keys have several algorithms (RFC 8332)."""
    return "ssh-rsa" if kind.startswith("rsa-sha2-") else kind
