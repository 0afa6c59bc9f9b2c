"""A secret brought to its place on a box: private before its first byte, whole or not there, proved by its hash."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import re
from typing import TYPE_CHECKING

import paramiko

from ssh_transport import files, piped, report, shell
from ssh_transport.boundary import translated
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete, LinkLost, LocalError, TaskError
from ssh_transport.facts.round_trip import round_trip_s
from ssh_transport.settings import SshKeySettings
from ssh_transport.text import one_line

from . import register, scripts
from .first_contact import require_known_host
from .place import look, refuse

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .destination import Destination
    from .place import Spot
    from .value import Secret

_TIMEOUT_S = 300
_SAID_BYTES = 1 << 12


def push(  # noqa: PLR0913 - what goes where, and what the person lets pass
    box: Box,
    destination: Destination,
    piece: Secret,
    *,
    trust_new: bool = False,
    allow_shared_home: bool = False,
    dry_run: bool = False,
) -> Change:
    """
    Ensure that a secret is in its place on a box, for its owner alone. Safe to repeat.

    What stands there already is compared by a hash under a fresh nonce: no value comes back, and one that is the same
    is not sent.

    :param piece: what `destination.piece` made of the value.
    :param trust_new: pin the host key of a first contact.
    :raises HostKeyUnknown: it is a first contact.
    :raises Guarded: the place may be seen by others.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    box.require("exec")
    require_known_host(box, trust_new=trust_new)
    nonce = os.urandom(16).hex()
    spot = look(box, destination, nonce)
    refuse(box, destination, spot, allow_shared_home=allow_shared_home)
    made = not (spot.is_private and spot.digest == _digest(nonce, piece))
    if made and not dry_run:
        register.expect(box, destination)
        with files.locked(f"a secret in {spot.path} on {box.address}", wait_s=_TIMEOUT_S):
            _store(box, destination, spot, piece)
    if not dry_run:
        register.note(box, destination)
    _tell_who_copies(box)
    state = f"{destination.name} is in {one_line(str(destination))}"
    return Change(f"dry run: {state}" if dry_run else state, made=made)


def _store(box: Box, destination: Destination, spot: Spot, piece: Secret) -> None:
    nonce, size = os.urandom(16).hex(), str(len(piece.reveal()))
    if _has_sftp(box):
        said = _by_sftp(box, destination, spot, piece, nonce)
    else:
        silence_s = SshKeySettings.of(box.c).login_timeout_s
        said = piped.run(
            box,
            scripts.STORE,
            *destination.words,
            spot.path,
            size,
            nonce,
            data=piece.reveal(),
            limit_bytes=_SAID_BYTES,
            silence_s=silence_s,
            timeout_s=_TIMEOUT_S,
        ).decode("ascii", "replace")
    if said.split() != [_digest(nonce, piece), "600", str(spot.user)]:
        what = f"`{one_line(spot.path)}` is not what was sent"
        raise Incomplete(what, box=box.name, hint="does something else write it? run it again")


def _by_sftp(box: Box, destination: Destination, spot: Spot, piece: Secret, nonce: str) -> str:
    """Stream into a file that is there already, empty and private, as SFTP itself would make it with any umask."""
    directory, _, name = spot.path.rpartition("/")
    temporary = shell.run(box, scripts.PREPARE, *destination.words, spot.path).stdout
    if not re.fullmatch(re.escape(f"{directory}/.{name}.secret-") + r"\w+", temporary):
        raise Incomplete(f"`{box.name}` names another file than asked for", box=box.name, cause=one_line(temporary))
    try:
        _put(box, piece, temporary)
        size = str(len(piece.reveal()))
        return shell.run(box, scripts.FINISH, *destination.words, spot.path, temporary, size, nonce).stdout
    except BaseException:
        with contextlib.suppress(TaskError):
            shell.run(box, scripts.DISCARD, *destination.words, temporary)
        raise


def _put(box: Box, piece: Secret, temporary: str) -> None:
    try:
        with translated(box.name), box.within(_TIMEOUT_S):
            box.connection.put(io.BytesIO(piece.reveal()), temporary)
    except LocalError as error:
        # What Paramiko says of the box's files, and of a closed socket, looks like an error of this machine.
        if not box.connection.transport.is_active():
            raise LinkLost(f"the connection to `{box.name}` broke", box=box.name, hint="run it again") from error
        what = "the secret did not arrive whole; what was there before is there still"
        raise Incomplete(
            what, box=box.name, cause=error.cause, hint=f"is the disk full? ssh {box.name} df -h"
        ) from error


def _has_sftp(box: Box) -> bool:
    _, reach = box.platform
    if "sftp" not in reach.capabilities:
        return False
    try:
        with box.within(SshKeySettings.of(box.c).login_timeout_s):
            box.connection.sftp()
    except (paramiko.SSHException, EOFError, OSError):
        # If the link lives, it is the subsystem that was refused.
        if round_trip_s(box) == math.inf:
            raise
        return False
    return True


def _digest(nonce: str, piece: Secret) -> str:
    return hashlib.sha256(nonce.encode() + piece.reveal()).hexdigest()


def _tell_who_copies(box: Box) -> None:
    profile, _ = box.platform
    if profile.secrets.captured_by:
        report.say(
            f"{box.name}: this disk is also seen by {profile.secrets.captured_by}; "
            f"before that: inv secrets.forget --all --on {box.name}"
        )
