"""
The host keys that known_hosts files pin, and the policy for a first contact.

Fabric accepts any key and never reads known_hosts; each of our connections is set up by `trust` instead.
"""

from __future__ import annotations

import fnmatch
import functools
import os
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from ssh_transport import files
from ssh_transport.errors import HostKeyChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from fabric import Connection

    from .resolution import Resolved


_FILES = 16


def fingerprint(key: paramiko.PKey) -> str:
    """Return the fingerprint as OpenSSH and platform logs print it: ``SHA256:...``."""
    return str(key.fingerprint)


def pinned(resolved: Resolved) -> list[paramiko.PKey]:
    """Return the keys that `ssh` would accept for this target, oldest entry first; ``@revoked`` keys are left out."""
    entries = list(_known(resolved))
    revoked = [key for marker, key in entries if marker == "@revoked"]
    return [key for marker, key in entries if not marker and key not in revoked]


def trust(
    connection: Connection, resolved: Resolved, *, on_first: Callable[[str], None], remember: bool = True
) -> None:
    """
    Make `connection` accept only a pinned key, or pin the key of a first contact (OpenSSH's ``accept-new``).

    :param on_first: called with the fingerprint when a key is pinned.
    :param remember: whether the key of a first contact is pinned; if not, nothing is written.
    """
    known = pinned(resolved)
    entries = list(_known(resolved))

    def check(key: paramiko.PKey) -> None:
        if key in known:
            return
        if ("@revoked", key) not in entries and any(not marker for marker, _ in entries):
            raise changed(resolved, _named(key))
        if ("@revoked", key) in entries:
            raise revoked(resolved, _named(key))
        if remember:
            pin(resolved, key)
            on_first(fingerprint(key))

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
        f"ssh-transport config.forget {resolved.name}\notherwise someone may be in between",
    )


def revoked(resolved: Resolved, shown: str) -> HostKeyChanged:
    """Return the error of a box that shows a key that must not be trusted any more."""
    return HostKeyChanged(
        f"the host key of `{resolved.name}` is marked as revoked; nothing was sent",
        box=resolved.name,
        cause=f"revoked: {shown}",
        hint=f"see the `@revoked` line in {resolved.known_hosts[0]}",
    )


def pin(resolved: Resolved, key: paramiko.PKey) -> None:
    """Append the key to the first known_hosts file, as `ssh` would, after adding a missing last newline."""
    path = resolved.known_hosts[0]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{resolved.pinned_as} {key.get_name()} {key.get_base64()}\n"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode())


def forget(known_hosts: Iterable[Path], names: Collection[str]) -> None:
    """Remove the entries for one of `names`, hashed ones too; lines that name other hosts as well stay."""
    for path in known_hosts:
        if not path.is_file():
            continue
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _only(line.decode("utf-8", "replace"), names)]
        if kept != lines:
            files.write(path, b"".join(kept), mode=0o600)


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
    for lines in _files((*resolved.known_hosts, *resolved.global_known_hosts)):
        for marker, names, key in lines.about(name):
            if _matches(names, name):
                yield marker, key


def _named(key: paramiko.PKey) -> str:
    return f"{fingerprint(key)} ({key.get_name()})"


def _plain(kind: str) -> str:
    """Return the key type of a signature algorithm: RSA keys have several algorithms (RFC 8332)."""
    return "ssh-rsa" if kind.startswith("rsa-sha2-") else kind


# Marker (``@revoked``, ``@cert-authority`` or empty), host patterns and key.
_Line = tuple[str, list[str], paramiko.PKey]


class _Lines:
    """The lines of a file; those that name a host in plain words are found by it, however many there are."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._lines = list(lines)
        self._plain: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, (_, names, _) in enumerate(self._lines):
            if any(name.startswith(("|", "!")) or "*" in name or "?" in name for name in names):
                self._others.append(number)
                continue
            for name in {name.lower() for name in names}:
                self._plain.setdefault(name, []).append(number)

    def about(self, name: str) -> Iterator[_Line]:
        """Yield those that may be of this host, in their order."""
        for number in sorted((*self._plain.get(name.lower(), ()), *self._others)):
            yield self._lines[number]


def _files(files: Iterable[Path]) -> Iterator[_Lines]:
    """Yield the lines of each file that is there."""
    for path in files:
        if path.is_file():
            status = path.stat()
            yield _read(path, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


@functools.lru_cache(maxsize=_FILES)
def _read(path: Path, _as_of: tuple[int, ...]) -> _Lines:
    """Read one file, once for all boxes as long as it stays as it is."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        marker = words.pop(0) if words[0].startswith("@") else ""
        try:
            entry = HostKeyEntry.from_line(" ".join(words))
        except (InvalidHostKey, paramiko.SSHException, ValueError):
            # `ssh` ignores a damaged line, too.
            continue
        if entry and entry.hostnames and entry.key:
            found.append((marker, entry.hostnames, entry.key))
    return _Lines(found)


def _only(line: str, names: Collection[str]) -> bool:
    words = line.split()
    if not words or set(words[0]) & set("*?!,"):
        return False
    return any(_matches([words[0]], name) for name in names)


def _matches(patterns: list[str], name: str) -> bool:
    """Whether known_hosts patterns (hashed, wildcards, negation: `sshd(8)`) match this name."""
    hit = False
    for pattern in patterns:
        if pattern.startswith("|1|"):
            hit = hit or _hashed(name, pattern)
        elif fnmatch.fnmatchcase(name.lower(), pattern.removeprefix("!").lower().replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            hit = True
    return hit


def _hashed(name: str, pattern: str) -> bool:
    try:
        return bool(paramiko.HostKeys.hash_host(name, pattern) == pattern)
    except (ValueError, IndexError, AssertionError):
        # The salt has the wrong length: a damaged line.
        return False
