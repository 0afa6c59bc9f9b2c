"""Whom the owner at the far end believes: who has the token lends it a lane, or has it end."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from ssh_transport.link.stripe.handover import hand_over
from ssh_transport.link.stripe.owner import _Owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GET_PIPE_BYTES = 1032  # F_GETPIPE_SZ of fcntl(2)
TOKEN = b"a token"
ORDER = {"limit_bytes": 1 << 20, "incoming_share": 0.5, "stall_s": 15, "grace_s": 600}


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[_Owner]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "owner"))
        listener.listen()
        owner = _Owner(ORDER, TOKEN, listener)
        yield owner
        for wire in owner.wires[:]:
            owner.lose(wire)


def meets(owner: _Owner, token: bytes, *descriptors: int) -> None:
    """Have a helper come to the owner, and go."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(owner._listener.getsockname())
        hand_over(control, token, *descriptors)
    owner.step(0)


def test_a_token_with_two_descriptors_is_a_lane(owner: _Owner) -> None:
    reader, writer = os.pipe()
    meets(owner, TOKEN, reader, writer)
    os.close(reader)
    os.close(writer)

    assert len(owner.wires) == 1
    assert not owner.said_bye


def test_a_lane_holds_more_than_a_usual_pipe(owner: _Owner) -> None:
    """Else the owner and its `sshd` wait for each other at every 64 KiB."""
    reader, writer = os.pipe()
    usual_bytes = fcntl.fcntl(writer, GET_PIPE_BYTES)
    meets(owner, TOKEN, reader, writer)

    assert fcntl.fcntl(writer, GET_PIPE_BYTES) > usual_bytes
    os.close(reader)
    os.close(writer)


def test_a_token_alone_ends_the_owner(owner: _Owner) -> None:
    meets(owner, TOKEN)

    assert owner.said_bye
    assert not owner.wires


@pytest.mark.parametrize("lends", [True, False])
def test_who_has_another_token_is_heard_in_nothing(owner: _Owner, *, lends: bool) -> None:
    reader, writer = os.pipe()
    meets(owner, b"another", *((reader, writer) if lends else ()))
    # Whatever it lent is closed again: this is the last reader.
    os.close(reader)

    with pytest.raises(BrokenPipeError):
        os.write(writer, b"x")
    os.close(writer)
    assert not owner.said_bye
    assert not owner.wires


def test_one_that_ends_does_not_run_what_it_was_told(owner: _Owner) -> None:
    owner.start(b"exec sleep 100", is_last=False)
    command = owner._command
    assert command
    meets(owner, TOKEN)
    owner.run()

    assert command.poll() is not None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("command", "is_last", "waits"), [(b"exit 0", True, False), (b"exit 3", True, True), (b"exit 0", False, True)]
)
def test_once_a_last_command_went_well_nothing_is_waited_for(
    owner: _Owner, command: bytes, *, is_last: bool, waits: bool
) -> None:
    """Not even a goodbye, which would be a round trip; what failed may be tried once more."""
    (reads, near_writes), (near_reads, writes) = os.pipe(), os.pipe()
    meets(owner, TOKEN, reads, writes)
    for fd in (reads, writes):
        os.close(fd)
    owner.start(command, is_last=is_last)
    while owner._command and not (not owner.sources and owner._command.poll() is not None):
        owner.step(0.01)
    # Whoever waits for this has not ended before the test is stopped.
    owner._grace_s = owner._stall_s = 0.5 if waits else 10**6
    for fd in (near_writes, near_reads):
        os.close(fd)
    before_s = time.monotonic()
    owner.run()

    if waits:
        assert time.monotonic() - before_s >= 0.5
    assert owner._is_over is not waits


@pytest.mark.timeout(10)
def test_without_a_command_it_waits_no_longer_than_it_may_with_one(owner: _Owner) -> None:
    owner._grace_s = 0.2
    owner.run()

    assert not owner.said_bye
