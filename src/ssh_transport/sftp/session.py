"""The way to a box's SFTP server, opened."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.facts.round_trip import round_trip_s
from ssh_transport.settings import TransferSettings
from ssh_transport.ssh_options import ssh_call

from .client import Client
from .pipe import ChannelPipe, SshPipe, without_sftp
from .wire import ProtocolError

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .pipe import Pipe


def open_session(box: Box) -> Client:
    """
    Open an SFTP session: through `ssh` where it is installed and logs in by itself, else over the Fabric connection.

    :raises EndpointTooWeak: the box has no SFTP.
    """
    if not shutil.which("ssh") or box.needs_typed_secret:
        return channel_session(box)
    return _session(box, SshPipe(box, [*ssh_call(box), "-s", box.resolved.name, "sftp"]))


def channel_session(box: Box) -> Client:
    """
    Open an SFTP session over the Fabric connection.

    :raises EndpointTooWeak: the box has no SFTP.
    """
    return _session(box, ChannelPipe(_channel(box), silence_s=TransferSettings.of(box.c).silence_s))


def _session(box: Box, pipe: Pipe) -> Client:
    try:
        return Client(pipe, silence_s=TransferSettings.of(box.c).silence_s)
    except (ConnectionError, ProtocolError) as exc:
        if round_trip_s(box) == math.inf:
            raise
        # The link lives: what is behind the subsystem ended at once, or is no SFTP server.
        raise without_sftp(box, str(exc)) from exc


def _channel(box: Box) -> paramiko.Channel:
    """Open the subsystem on the Fabric connection, which answers for every step or is ended."""
    settings = TransferSettings.of(box.c)
    try:
        with box.within(settings.silence_s):
            channel: paramiko.Channel = box.connection.transport.open_session()
            channel.invoke_subsystem("sftp")
    except (paramiko.SSHException, EOFError, OSError) as exc:
        if round_trip_s(box) == math.inf:
            raise
        # The link lives: it is the subsystem that was refused.
        raise without_sftp(box, str(exc)) from exc
    return channel
