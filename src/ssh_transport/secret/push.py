"""Writes a secret on a box: the file is private before its first byte, complete or absent, and verified by a hash."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import os
import posixpath
import re
from typing import TYPE_CHECKING

import paramiko

from ssh_transport import files
from ssh_transport.box import piped, shell
from ssh_transport.box.carrier import shown_host_key
from ssh_transport.change import Change
from ssh_transport.errors import Guarded, HostKeyUnknown, Incomplete, LinkLost, LocalError, TaskError
from ssh_transport.errors.commands import as_typed
from ssh_transport.errors.translation import translated
from ssh_transport.openssh import host_keys
from ssh_transport.settings import SshKeySettings
from ssh_transport.terminal import report
from ssh_transport.text import one_line

from . import register, scripts
from .destination import destination_for
from .path import inspect, require_private

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .destination import Destination
    from .path import SecretPath
    from .value import Secret

_TIMEOUT_S = 300
_OUTPUT_BYTES = 1 << 12


def push(  # noqa: PLR0913 - what goes where, and what the user allows
    box: Box,
    destination: Destination,
    content: Secret,
    *,
    trust_new: bool = False,
    allow_shared_home: bool = False,
    replace: bool = False,
    dry_run: bool = False,
) -> Change:
    """
    Ensure that a secret is at its destination on a box, readable only by the login user. Safe to repeat.

    The present content is compared by a hash with a new nonce: no value leaves the box, and the same value is not sent
    again.

    :param content: the result of `destination.content`.
    :param trust_new: pin the host key of a first contact.
    :param replace: put it also in place of a file that is no secret of ours, or of every login of a machine.
    :raises HostKeyUnknown: it is a first contact.
    :raises Guarded: others may see the destination, or something else is there, or would be read in its place.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    box.require("exec")
    _require_known_host(box, trust_new=trust_new)
    nonce = os.urandom(16).hex()
    # Without a login it is every entry of the machine.
    place = dataclasses.replace(destination, login="") if replace else destination
    secret_path = inspect(box, place, nonce)
    require_private(box, destination, secret_path, allow_shared_home=allow_shared_home)
    is_there = secret_path.digest == _digest(nonce, content)
    if not replace:
        _require_ours(box, destination, secret_path, is_there=is_there)
    made = not (secret_path.is_private and is_there)
    if (made or destination.whole) and not dry_run:
        register.add(box, destination)
        if secret_path.is_link and destination.kind == "file":
            # `forget` follows no link: what is written through one is known by its own path.
            register.add(box, destination_for(destination.name, _from(secret_path.home, secret_path.path)))
    if made and not dry_run:
        with files.locked(f"a secret in {secret_path.path} on {box.address}", wait_s=_TIMEOUT_S):
            _store(box, place, secret_path, content)
    if not dry_run:
        register.set_current(box, destination)
    _warn_of_copies(box)
    state = f"{destination.name} is in {one_line(str(destination))}"
    return Change(f"dry run: {state}" if dry_run else state, made=made)


def _require_known_host(box: Box, *, trust_new: bool) -> None:
    """
    Check that the host key of the box is pinned, or that the user trusts it; nothing is pinned here.

    :raises HostKeyUnknown: it is neither; the message has the fingerprint, and where to compare it.
    """
    if trust_new or host_keys.pinned(box.resolved):
        return
    profile, _ = box.platform
    fingerprint = host_keys.fingerprint(shown_host_key(box))
    where = f"compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else "if that is the box"
    raise HostKeyUnknown(
        f"the host key of `{box.name}` is not known yet; nothing was sent",
        cause=f"it shows {fingerprint}",
        hint=f"{where}, then run it again with --trust-new",
    )


def _require_ours(box: Box, destination: Destination, secret_path: SecretPath, *, is_there: bool) -> None:
    """Check that what would be replaced is a secret, and that no entry of another login would be read in its place."""
    if secret_path.others:
        what = f"another login of `{destination.entry}` would be used, not this one; nothing was sent"
        cause = f"it is in `{destination.path}`, line {', '.join(secret_path.others)}"
        hint = f"if nobody needs any other login of it: --replace; or name another --to='~/.{destination.name}_key'"
        raise Guarded(what, box=box.name, cause=cause, hint=hint)
    most = register.lines_of(destination, ())
    if is_there or destination.kind != "file" or secret_path.lines <= most:
        return
    if secret_path.lines > register.lines_of(destination, register.read(box), secret_path.home):
        what = f"`{one_line(str(destination))}` is there, and no secret that was pushed; nothing was sent"
        cause = f"no push of `{destination.name}` has written what is in it"
        hint = "name another --to; or, if nobody needs what is there: --replace"
        raise Guarded(what, box=box.name, cause=cause, hint=hint)


def _from(home: str, path: str) -> str:
    inside = posixpath.relpath(path, home)
    return path if inside.startswith("../") else f"~/{inside}"


def _store(box: Box, destination: Destination, secret_path: SecretPath, content: Secret) -> None:
    nonce, size = os.urandom(16).hex(), str(len(content.reveal()))
    if _has_sftp(box):
        output = _by_sftp(box, destination, secret_path, content, nonce)
    else:
        silence_s = SshKeySettings.of(box.c).login_timeout_s
        output = piped.run(
            box,
            scripts.STORE,
            *destination.arguments,
            secret_path.path,
            size,
            nonce,
            data=content.reveal(),
            limit_bytes=_OUTPUT_BYTES,
            silence_s=silence_s,
            timeout_s=_TIMEOUT_S,
        ).decode("ascii", "replace")
    if output.split() != [_digest(nonce, content), "600", str(secret_path.user)]:
        what = f"`{one_line(secret_path.path)}` is not what was sent"
        raise Incomplete(what, box=box.name, hint="does something else write it? run it again")


def _by_sftp(box: Box, destination: Destination, secret_path: SecretPath, content: Secret, nonce: str) -> str:
    """Write by SFTP into an empty, private file made by a script: SFTP would create it with the umask of the box."""
    directory, _, name = secret_path.path.rpartition("/")
    temporary = shell.run(box, scripts.PREPARE, *destination.arguments, secret_path.path).stdout
    if not re.fullmatch(re.escape(f"{directory}/.{name}.secret-") + r"\w+", temporary):
        raise Incomplete(f"`{box.name}` made another file than requested", box=box.name, cause=one_line(temporary))
    try:
        _put(box, content, temporary)
        size = str(len(content.reveal()))
        return shell.run(box, scripts.FINISH, *destination.arguments, secret_path.path, temporary, size, nonce).stdout
    except BaseException:
        with contextlib.suppress(TaskError):
            shell.run(box, scripts.DISCARD, *destination.arguments, temporary)
        raise


def _put(box: Box, content: Secret, temporary: str) -> None:
    try:
        with translated(box.name), box.within(_TIMEOUT_S):
            box.connection.put(io.BytesIO(content.reveal()), temporary)
    except LocalError as error:
        # Paramiko raises `OSError` for errors of the box's files and for a closed socket.
        if not box.is_connected:
            raise LinkLost(f"the connection to `{box.name}` broke", box=box.name, hint="run it again") from error
        what = "the secret did not arrive completely; the old file is unchanged"
        raise Incomplete(
            what, box=box.name, cause=error.cause, hint=f"is the disk full? ssh {box.name} df -h"
        ) from error


def _has_sftp(box: Box) -> bool:
    _, reach = box.platform
    if not reach.can("sftp"):
        return False
    try:
        with box.within(SshKeySettings.of(box.c).login_timeout_s):
            box.connection.sftp()
    except (paramiko.SSHException, EOFError, OSError):
        # If the link still answers, the SFTP subsystem was refused.
        if not box.carrier.answers():
            raise
        return False
    return True


def _digest(nonce: str, content: Secret) -> str:
    return hashlib.sha256(nonce.encode() + content.reveal()).hexdigest()


def _warn_of_copies(box: Box) -> None:
    profile, _ = box.platform
    if profile.secrets.captured_by:
        forget = as_typed(f"ssh-transport -H {box.name} secrets.forget --all")
        report.say(f"{box.name}: this disk is also seen by {profile.secrets.captured_by}; before that: {forget}")
