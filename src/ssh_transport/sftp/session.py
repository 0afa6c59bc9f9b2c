"""The way to a box's SFTP server, opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.settings import TransferSettings

from .client import Client
from .wire import ProtocolError

if TYPE_CHECKING:
    from ssh_transport.box import Box


def session(box: Box) -> Client:
    """
    Return the box's SFTP session, opened now if there is none; it ends with the connection.

    :raises EndpointTooWeak: the box has no SFTP.
    """
    return box.kept(open_session)


def open_session(box: Box) -> Client:
    """
    Open another SFTP session.

    :raises EndpointTooWeak: the box has no SFTP.
    """
    silence_s = TransferSettings.of(box.c).silence_s
    # It answers for every step, or is ended.
    with box.within(silence_s):
        pipe = box.carrier.sftp(silence_s)
    try:
        return Client(pipe, silence_s=silence_s)
    except (ConnectionError, ProtocolError) as exc:
        if not box.carrier.answers():
            raise
        # The link lives: what is behind the subsystem ended at once, or is no SFTP server.
        raise box.without_sftp(str(exc)) from exc
