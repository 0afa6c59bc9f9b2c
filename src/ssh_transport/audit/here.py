"""Audits this machine: modes in `~/.ssh`, and aliases whose boxes do not answer."""

from __future__ import annotations

import shlex
import stat
from typing import TYPE_CHECKING

from ssh_transport.box.beside import mapped
from ssh_transport.box.carrier import Login, open_carrier
from ssh_transport.credentials.private_keys import kind_of
from ssh_transport.errors import HostKeyChanged, LoginRefused, ReachError
from ssh_transport.facts.heads import OTHERS

from .finding import HERE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles

_HEAD_BYTES = 1 << 14
_WRITABLE = 0o022
_TRIED_AT_ONCE = 4
_REACH_S = 5


def examine_here(ssh: SshFiles) -> list[Finding]:
    """Return the files in `~/.ssh` that other users of this machine may read or change; nothing is changed."""
    if not ssh.directory.is_dir():
        return []
    paths = [ssh.directory, *sorted(path for path in ssh.directory.rglob("*") if path.is_file())]
    return [finding for path in paths for finding in _modes(path)]


def unreachable(boxes: Sequence[Box]) -> list[Finding]:
    """Try to log in to every box for a few seconds; return a finding for each where it failed."""
    return [finding for findings in mapped(_login, boxes, _TRIED_AT_ONCE) for finding in findings]


def _modes(path: Path) -> Iterator[Finding]:
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    what = f"mode {mode:04o}"
    if path.is_dir():
        if mode & _WRITABLE:
            yield Finding(HERE, "failure", str(path), what, "others can put keys there", _chmod("700", path))
        elif mode & OTHERS:
            yield Finding(HERE, "warning", str(path), what, "others on this machine can list it", _chmod("700", path))
    elif mode & OTHERS and (kind := _private_key(path, status.st_size)):
        why = "`ssh` refuses such a key, and others may copy it"
        yield Finding(HERE, "failure", str(path), f"{kind}, {what}", why, _chmod("600", path))
    elif mode & _WRITABLE:
        why = "others can change which hosts you trust and connect to"
        yield Finding(HERE, "failure", str(path), what, why, _chmod("600", path))


def _private_key(path: Path, size_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(_HEAD_BYTES), size_bytes)
    except OSError:
        return ""


def _login(box: Box) -> Iterator[Finding]:
    try:
        open_carrier(box, Login(remember=False, keys_only=True, asks=False, timeout_s=_REACH_S)).close()
    except ReachError as error:
        what = error.what + (f" ({error.cause})" if error.cause else "")
        name = shlex.quote(box.name)
        remove = f"ssh-transport config.remove {name}"
        fix = f"is it gone? {remove}"
        if isinstance(error, LoginRefused):
            fix = f"if it is yours: ssh-transport -H {name} keys.push; if it is gone: {remove}"
        elif isinstance(error, HostKeyChanged):
            fix = f"if it was re-created: ssh-transport config.forget {name}; if it is gone: {remove}"
        yield Finding(HERE, "warning", box.name, what, "its address may belong to somebody else by now", fix)


def _chmod(mode: str, path: Path) -> str:
    return f"chmod {mode} {shlex.quote(str(path))}"
