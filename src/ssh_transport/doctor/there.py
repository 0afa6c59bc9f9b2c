"""Checks the box itself: its capabilities and resources."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.errors import EndpointTooWeak
from ssh_transport.errors.commands import on_box, typed
from ssh_transport.facts.copying import local_rsync
from ssh_transport.facts.identity import identity
from ssh_transport.facts.vitals import vitals
from ssh_transport.sftp.session import open_session
from ssh_transport.text import one_line, size

from .connecting import Blocked
from .finding import failure, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.facts.identity import Identity
    from ssh_transport.facts.vitals import Vitals

    from .finding import Finding

_LITTLE_BYTES = 1_000_000_000
_FEW_INODES = 10_000
_CLOCK_S = 60
_WRITABLE_BY_OTHERS = 0o022


def examine(box: Box) -> Iterator[Finding]:
    """
    Yield a finding for each capability and resource.

    :raises Blocked: the endpoint runs no commands; the finding on SFTP was yielded before.
    """
    yield _sftp(box)
    yield _exec(box)
    yield _pty(box)
    profile, _ = box.platform
    found, who = vitals(box), identity(box, profile.tools.python)
    yield _rsync(box, found)
    yield _home(box, found)
    yield _space(found)
    yield _mounts(box, found)
    yield _clock(who)
    yield _python(who)
    yield ok("gpu", ", ".join(who.gpus) or "none seen by nvidia-smi")


def _exec(box: Box) -> Finding:
    try:
        shell.run(box, "true")
    except EndpointTooWeak as exc:
        _, reach = box.platform
        fix = reach.better or exc.hint
        raise Blocked(
            failure("commands", "can't be run", cause=f"a shell-only proxy: {one_line(exc.cause)}", fix=fix)
        ) from exc
    return ok("commands", "run")


def _pty(box: Box) -> Finding:
    if box.carrier.grants_terminal():
        return ok("terminal", "granted")
    cause = "the server gives no terminal; copies do not need one"
    return warning("terminal", "refused", cause=cause, fix="for tmux and the like ask the platform")


def _sftp(box: Box) -> Finding:
    try:
        with contextlib.closing(open_session(box)) as session:
            session.realpath(".")
    except EndpointTooWeak as exc:
        cause = f"the server has no SFTP subsystem: {one_line(exc.cause)}"
        return warning("sftp", "refused", cause=cause, fix="copies need rsync at both ends then; scp -O may work")
    return ok("sftp", "works")


def _rsync(box: Box, found: Vitals) -> Finding:
    here = local_rsync()
    if found.rsync is None:
        profile, _ = box.platform
        fix = on_box(box.name, profile.tools.install_rsync or "apt-get update && apt-get install -y rsync")
        return warning("rsync there", "not installed", cause="copies fall back to the slower SFTP engine", fix=fix)
    if here and min(here.number, found.rsync.number) < (3, 2, 0):
        cause = "before 3.2 rsync can't write inside a partial directory: unfinished files have their final names"
        return warning("rsync there", str(found.rsync), cause=cause, fix="install rsync 3.2 or newer at both ends")
    features = "zstd" if found.rsync.zstd else "no zstd"
    return ok("rsync there", f"{found.rsync} ({features})")


def _home(box: Box, found: Vitals) -> Finding:
    for what, mode in (("~", found.home_mode), ("~/.ssh", found.ssh_mode)):
        if mode is not None and mode & _WRITABLE_BY_OTHERS:
            cause = "sshd then ignores authorized_keys (StrictModes)"
            return failure("home", f"{what} has mode {mode:04o}", cause=cause, fix=f"ssh {box.name} chmod go-w {what}")
    if found.home_owner and found.user and found.home_owner != found.user:
        cause = "sshd ignores authorized_keys in a home of somebody else"
        seen = f"the owner of ~ is {found.home_owner}"
        return failure("home", seen, cause=cause, fix=on_box(box.name, f"chown {typed(found.user)} ~"))
    return ok("home", f"modes {found.home_mode or 0:04o}, {found.ssh_mode or 0:04o}")


def _space(found: Vitals) -> Finding:
    free = "unknown" if found.free_bytes is None else size(found.free_bytes)
    inodes = "unknown" if found.free_inodes is None else f"{found.free_inodes:,}"
    seen = f"{free} and {inodes} inodes free at ~"
    if found.free_bytes == 0 or found.free_inodes == 0:
        cause = "nothing more can be written, logins included"
        return failure("space", seen, cause=cause, fix="find the largest directories: du -xh ~ | sort -h | tail")
    if (found.free_bytes or _LITTLE_BYTES) < _LITTLE_BYTES or (found.free_inodes or _FEW_INODES) < _FEW_INODES:
        return warning("space", seen, cause="a push may not fit", fix="push to a larger disk: df -h; df -i")
    return ok("space", seen)


def _mounts(box: Box, found: Vitals) -> Finding:
    profile, _ = box.platform
    declared = [mount.path for mount in profile.shared_mounts]
    seen = [f"{path} ({kind})" for path, kind in found.shared_mounts]
    return ok(
        "shared mounts",
        ", ".join(seen) or f"none{', though this platform may have ' if declared else ''}{', '.join(declared)}",
    )


def _clock(found: Identity) -> Finding:
    if found.clock_ahead_s is None:
        return ok("clock", "unknown")
    seen = f"{found.clock_ahead_s:+.1f} s"
    if abs(found.clock_ahead_s) > _CLOCK_S:
        cause = "tokens and certificates are refused, and file times are wrong"
        return warning(
            "clock", seen, cause=cause, fix="on a VM: sudo timedatectl set-ntp true; a container has its host's"
        )
    return ok("clock", seen)


def _python(found: Identity) -> Finding:
    if not found.python:
        fix = "use the image's own path, such as /root/miniconda3/bin/python"
        return warning(
            "python",
            "none on the PATH of a command",
            cause="login scripts set the PATH; commands do not read them",
            fix=fix,
        )
    return ok("python", found.python)
