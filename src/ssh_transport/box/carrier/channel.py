"""Opens a channel on the connection to a box: for one command, or for a subsystem."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    import fabric

# sshd counts a session that has ended until its loop comes round, so with `MaxSessions 1` the next one may be refused:
# what is waited for before it is asked for again.
SOON_S = (0, 0.05, 0.2)
_CONNECT_FAILED = 2  # RFC 4254, section 5.1: what sshd says then; other codes are no matter of time


def open_channel(connection: fabric.Connection) -> paramiko.Channel:
    """
    Open a channel; one that is refused is asked for again a moment later.

    :raises paramiko.ChannelException: the endpoint allows none, or no more.
    """
    waits_s = list(SOON_S)
    while True:
        time.sleep(waits_s.pop(0))
        try:
            channel: paramiko.Channel = connection.transport.open_session()
        except paramiko.ChannelException as exc:
            if exc.code != _CONNECT_FAILED or not waits_s:
                raise
        else:
            return channel
