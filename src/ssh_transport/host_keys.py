"""
Whom we trust: the host keys that known_hosts files pin, and the policy for a first contact.

Fabric accepts any key and never reads known_hosts; every connection of ours goes through `trust` instead.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from . import files
from .errors import HostKeyChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from fabric import Connection

    from .openssh import Resolved


def fingerprint(key: paramiko.PKey) -> str:
    """Return the fingerprint as OpenSSH and platform logs print it: ``SHA256:...``."""
    return str(key.fingerprint)


def pinned(resolved: Resolved) -> list[paramiko.PKey]:
    """Return the keys that `ssh` would accept for this resolved, oldest entry first; none that is ``@revoked``."""
    found = list(_known(resolved))
    bad = [key for marker, key in found if marker == "@revoked"]
    return [key for marker, key in found if not marker and key not in bad]


def trust(connection: Connection, resolved: Resolved, on_first: Callable[[str], None]) -> None:
    """
    Make `connection` accept only a pinned key, or pin the key of a first contact (OpenSSH's ``accept-new``).

    :param on_first: called with the fingerprint when a key is pinned.
    """
    known = pinned(resolved)
    kinds = {key.get_name() for key in known}

    def transport(sock: Any, **kwargs: Any) -> paramiko.Transport:
        # A server has one key of each kind: ask for a kind that we can compare.
        made = paramiko.Transport(sock, **kwargs)
        options = made.get_security_options()
        options.key_types = sorted(options.key_types, key=lambda kind: _plain(kind) not in kinds)
        return made

    connection.connect_kwargs["transport_factory"] = transport
    # Paramiko would look keys up by address and port; with an empty store of its own it asks the policy every time.
    connection.client.set_missing_host_key_policy(_Policy(resolved, known, on_first))


def forget(known_hosts: Iterable[Path], name: str) -> None:
    """Remove the entries of `name` alone, hashed ones too; lines that mean other hosts as well stay."""
    for path in known_hosts:
        if not path.is_file():
            continue
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _only(line.decode("utf-8", "replace"), name)]
        if kept != lines:
            files.write(path, b"".join(kept), mode=0o600)


class _Policy(paramiko.MissingHostKeyPolicy):
    """Decide on the key that a server shows, before anything is sent to it."""

    def __init__(self, resolved: Resolved, known: list[paramiko.PKey], on_first: Callable[[str], None]) -> None:
        self._resolved = resolved
        self._known = known
        self._on_first = on_first

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 - the signature is Paramiko's
        if key in self._known:
            return
        if self._known:
            raise _changed(self._resolved, self._known, key)
        if ("@revoked", key) in _known(self._resolved):
            raise HostKeyChanged(
                f"the host key of `{self._resolved.name}` is marked as revoked; nothing was sent",
                cause=f"revoked: {fingerprint(key)} ({key.get_name()})",
                hint=f"see the `@revoked` line in {self._resolved.known_hosts[0]}",
            )
        _pin(self._resolved, key)
        self._on_first(fingerprint(key))


def _changed(resolved: Resolved, known: list[paramiko.PKey], shown: paramiko.PKey) -> HostKeyChanged:
    trusted = ", ".join(f"{fingerprint(key)} ({key.get_name()})" for key in known)
    forget = shlex.join(["ssh-keygen", "-f", str(resolved.known_hosts[0]), "-R", resolved.pinned_as])
    return HostKeyChanged(
        f"the host key of `{resolved.name}` changed; nothing was sent",
        cause=f"pinned: {trusted}\nnow:    {fingerprint(shown)} ({shown.get_name()})",
        hint=f"after a re-create this is normal: compare the new fingerprint with the platform's log, then type "
        f"{forget}\notherwise someone may be in between",
    )


def _known(resolved: Resolved) -> Iterator[tuple[str, paramiko.PKey]]:
    """Yield marker and key of every known_hosts line that means this resolved."""
    for marker, names, key in _entries((*resolved.known_hosts, *resolved.global_known_hosts)):
        if _matches(names, resolved.pinned_as):
            yield marker, key


def _plain(kind: str) -> str:
    """Return the key type of a signature algorithm: RSA keys sign under newer names (RFC 8332)."""
    return "ssh-rsa" if kind.startswith("rsa-sha2-") else kind


def _pin(resolved: Resolved, key: paramiko.PKey) -> None:
    """Append the key to the first known_hosts file, as `ssh` would; a line cut short by a crash is ended first."""
    path = resolved.known_hosts[0]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{resolved.pinned_as} {key.get_name()} {key.get_base64()}\n"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode())


def _entries(files: Iterable[Path]) -> Iterator[tuple[str, list[str], paramiko.PKey]]:
    """Yield marker (``@revoked``, ``@cert-authority`` or empty), host patterns and key of every line."""
    for path in files:
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            marker = words.pop(0) if words[0].startswith("@") else ""
            try:
                entry = HostKeyEntry.from_line(" ".join(words))
            except InvalidHostKey:
                # `ssh` passes over a damaged line as well.
                continue
            if entry and entry.hostnames and entry.key:
                yield marker, entry.hostnames, entry.key


def _only(line: str, name: str) -> bool:
    words = line.split()
    if not words or words[0].startswith(("#", "@")) or "," in words[0] or set(words[0]) & set("*?!"):
        return False
    return _matches([words[0]], name)


def _matches(patterns: list[str], name: str) -> bool:
    """Whether known_hosts patterns (hashed, wildcards, negation: `sshd(8)`) mean this name."""
    hit = False
    for pattern in patterns:
        if pattern.startswith("|1|"):
            hit = hit or paramiko.HostKeys.hash_host(name, pattern) == pattern
        elif fnmatch.fnmatchcase(name.lower(), pattern.removeprefix("!").lower().replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            hit = True
    return hit
