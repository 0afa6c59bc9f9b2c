"""Checks this machine: its programs, its keys, its ssh config."""

from __future__ import annotations

import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.errors import AliasError
from ssh_transport.facts.copying import local_rsync
from ssh_transport.openssh.resolution import resolve
from ssh_transport.text import count

from .finding import failure, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.openssh.resolution import SshFiles

    from .finding import Finding

_LONGEST_S = 10
_SAFE_RSYNC = (3, 5, 0)
_PRIVATE_KEY = b"PRIVATE KEY-----"
_OTHERS = 0o077


def examine(ssh: SshFiles) -> Iterator[Finding]:
    """Yield a finding for each program and file here that logins or copies depend on."""
    yield _ssh_program()
    yield _rsync_program()
    yield _agent()
    if ssh.directory.is_dir():
        yield _modes(ssh.directory)
        yield _private_keys(ssh.directory)
    yield _config(ssh)


def _ssh_program() -> Finding:
    if not shutil.which("ssh"):
        fix = "install OpenSSH's client: apt-get install openssh-client"
        return warning("ssh here", "not installed", cause="copies fall back to the slower SFTP engine", fix=fix)
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False, timeout=_LONGEST_S)
    return ok("ssh here", told.stderr.strip())


def _rsync_program() -> Finding:
    found = local_rsync()
    if found is None:
        cause = "there is none, or it is the BSD one; copies fall back to the slower SFTP engine"
        return warning("rsync here", "no usable one", cause=cause, fix="install rsync 3.5 or newer")
    if found.number < _SAFE_RSYNC:
        cause = "a receiver older than 3.5.0 trusts a hostile sender too much"
        return warning(
            "rsync here", str(found), cause=cause, fix="install rsync 3.5 or newer before pulling from strangers"
        )
    return ok("rsync here", str(found))


def _agent() -> Finding:
    held = len(paramiko.Agent().get_keys())
    if held > 5:  # noqa: PLR2004 - sshd's MaxAuthTries is 6 by default
        cause = "a server closes the connection after six keys, perhaps before the right one is offered"
        return warning("ssh agent", count(held, "key"), cause=cause, fix="add `IdentitiesOnly yes` to the alias")
    return ok("ssh agent", count(held, "key") if held else "none, or empty")


def _modes(directory: Path) -> Finding:
    mode = stat.S_IMODE(directory.stat().st_mode)
    if mode & _OTHERS:
        cause = "others on this machine can list it"
        return warning("~/.ssh here", f"mode {mode:04o}", cause=cause, fix=f"chmod 700 {directory}")
    return ok("~/.ssh here", f"mode {mode:04o}")


def _private_keys(directory: Path) -> Finding:
    keys = [path for path in sorted(directory.iterdir()) if path.is_file() and _PRIVATE_KEY in _head(path)]
    wide = [path for path in keys if stat.S_IMODE(path.stat().st_mode) & _OTHERS]
    broken = [path for path in keys if b"\r\n" in _head(path) or not path.read_bytes().endswith(b"\n")]
    if wide:
        fix = f"chmod 600 {' '.join(map(str, wide))}"
        return failure(
            "private keys", f"{wide[0].name} is readable by others", cause="`ssh` refuses such a key", fix=fix
        )
    if broken:
        cause = "Windows line ends or a missing last newline: `ssh` prints `error in libcrypto`"
        fix = f"sed -i -e 's/\\r$//' -e '$a\\' {broken[0]}"
        return failure("private keys", f"{broken[0].name} is damaged", cause=cause, fix=fix)
    return ok("private keys", ", ".join(path.name for path in keys) or "none: ssh-transport keys.generate")


def _config(ssh: SshFiles) -> Finding:
    try:
        resolve(ssh, "localhost")
    except AliasError as exc:
        return failure("ssh config", str(ssh.config), cause=exc.cause, fix="fix the line that it names")
    return ok("ssh config", str(ssh.config))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
