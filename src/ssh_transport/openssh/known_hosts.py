"""
The lines of known_hosts files: read as `ssh` reads them, added to, and names taken out of them.

Two runs, and boxes side by side, change a file one after another. An `ssh` beside them has no lock: what it adds while
a name is taken out is kept.
"""

from __future__ import annotations

import fnmatch
import functools
import os
import re
from typing import TYPE_CHECKING

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from ssh_transport import files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_FILES = 16
_LOCK_S = 60
_NAMES = re.compile(rb"(\s*)(\S+)")

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


def read(paths: Iterable[Path]) -> Iterator[_Lines]:
    """Yield the lines of each file that is there."""
    for path in paths:
        if path.is_file():
            status = path.stat()
            yield _read(path, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


def append(path: Path, line: str) -> None:
    """
    Add a line, as `ssh` would, after adding a missing last newline.

    :raises OSError: the file can't be written.
    """
    with _alone(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else "\n" + line
            file.write(line.encode())


def forget(known_hosts: Iterable[Path], names: Collection[str]) -> None:
    """
    Remove `names`, hashed ones too, and the lines that name nobody else; what a pattern says stays.

    :raises LocalFileError: a file can't be written.
    """
    for path in known_hosts:
        if not path.is_file():
            continue
        with _alone(path), path.open("rb") as file:
            lines = file.readlines()
            kept = [left for line in lines if (left := _without(line, names))]
            if kept == lines:
                continue
            files.write(path, b"".join(kept), mode=0o600)
            # An `ssh` beside us has no lock: what it has added to the old file meanwhile.
            if added := file.read():
                with path.open("ab") as new:
                    new.write(added)


def matches(patterns: list[str], name: str) -> bool:
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


def _alone(path: Path) -> AbstractContextManager[None]:
    """Hold the lock of a known_hosts file, which boxes side by side and other runs change too."""
    return files.locked(f"the host keys in {os.path.realpath(path)}", wait_s=_LOCK_S)


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


def _without(line: bytes, names: Collection[str]) -> bytes:
    """Return a line that names none of these any more; nothing, if it names nobody else."""
    found = _NAMES.match(line)
    if not found or found[2].startswith((b"#", b"@")) or set(found[2]) & set(b"*?!"):
        return line
    hosts = found[2].split(b",")
    left = [host for host in hosts if not any(matches([host.decode("utf-8", "replace")], name) for name in names)]
    if left == hosts:
        return line
    return found[1] + b",".join(left) + line[found.end() :] if left else b""


def _hashed(name: str, pattern: str) -> bool:
    try:
        return bool(paramiko.HostKeys.hash_host(name, pattern) == pattern)
    except (ValueError, IndexError, AssertionError):
        # The salt has the wrong length: a damaged line.
        return False
