"""A channel that is refused for a moment only is had; one that is refused for good is not asked for without an end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import paramiko
import pytest

from ssh_transport.box.carrier.channel import open_channel


def connection_that(*answers: Any) -> tuple[Any, list[Any]]:
    """Return a connection that gives these answers to whoever wants a channel, and those that are left."""
    left = list(answers)

    def open_session() -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(transport=SimpleNamespace(open_session=open_session)), left


BUSY, FORBIDDEN = paramiko.ChannelException(2, "Connect failed"), paramiko.ChannelException(1, "prohibited")


def test_a_session_that_is_still_counted_is_waited_for() -> None:
    connection, left = connection_that(BUSY, BUSY, "channel")

    channel: Any = open_channel(connection)

    assert (channel, left) == ("channel", [])


@pytest.mark.parametrize(("answers", "unasked"), [((BUSY, BUSY, BUSY, "channel"), 1), ((FORBIDDEN, "channel"), 1)])
def test_a_refusal_that_stays_is_raised(answers: tuple[Any, ...], unasked: int) -> None:
    connection, left = connection_that(*answers)

    with pytest.raises(paramiko.ChannelException):
        open_channel(connection)

    assert len(left) == unasked
