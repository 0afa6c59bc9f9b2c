"""What should not be on this machine: modes of `~/.ssh`, and aliases whose boxes are gone."""

from __future__ import annotations

import shlex
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ssh_transport.connection import connect
from ssh_transport.errors import HostKeyChanged, LoginRefused, ReachError
from ssh_transport.facts.heads import OTHERS
from ssh_transport.transfer.guard.private_keys import kind_of

from .finding import HERE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.openssh import SshFiles

_HEAD_BYTES = 1 << 14
_WRITABLE = 0o022
_TRIED_AT_ONCE = 4
_REACH_S = 5


def examine_here(ssh: SshFiles) -> list[Finding]:
    """Return what others on this machine may read or change of the person's keys; nothing is changed."""
    if not ssh.directory.is_dir():
        return []
    paths = [ssh.directory, *sorted(path for path in ssh.directory.rglob("*") if path.is_file())]
    return [finding for path in paths for finding in _modes(path)]


def unreached(boxes: Sequence[Box]) -> list[Finding]:
    """Try to log in to every box for a few seconds, and return those where that failed: they may be gone."""
    with ThreadPoolExecutor(_TRIED_AT_ONCE) as pool:
        return [finding for found in pool.map(_reached, boxes) for finding in found]


def _modes(path: Path) -> Iterator[Finding]:
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    told = f"mode {mode:04o}"
    if path.is_dir():
        if mode & _WRITABLE:
            yield Finding(HERE, "failure", str(path), told, "others can put keys there", _chmod("700", path))
        elif mode & OTHERS:
            yield Finding(HERE, "warning", str(path), told, "others on this machine can look in", _chmod("700", path))
    elif mode & OTHERS and (kind := _private_key(path, status.st_size)):
        why = "`ssh` refuses such a key, and others may take it"
        yield Finding(HERE, "failure", str(path), f"{kind}, {told}", why, _chmod("600", path))
    elif mode & _WRITABLE:
        why = "others can change whom you trust and where you go"
        yield Finding(HERE, "failure", str(path), told, why, _chmod("600", path))


def _private_key(path: Path, size_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(_HEAD_BYTES), size_bytes)
    except OSError:
        return ""


def _reached(box: Box) -> Iterator[Finding]:
    limits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), _REACH_S)
    try:
        connect(box, remember=False, password=None, **limits).close()
    except ReachError as error:
        seen = error.what + (f" ({error.cause})" if error.cause else "")
        name = shlex.quote(box.name)
        fix = f"is it gone? inv config.remove {name}"
        if isinstance(error, LoginRefused):
            fix = f"if it is yours: inv keys.push --on {name}; if it is gone: inv config.remove {name}"
        elif isinstance(error, HostKeyChanged):
            fix = f"if it was made anew: inv config.forget {name}; if it is gone: inv config.remove {name}"
        yield Finding(HERE, "warning", box.name, seen, "its address may be another's by now", fix)


def _chmod(mode: str, path: Path) -> str:
    return f"chmod {mode} {shlex.quote(str(path))}"
