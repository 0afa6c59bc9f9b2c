"""What a turn of the link's loop costs: how it rests, how much it shows the kernel, what its pipes hold."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest

from ssh_transport.link.stripe.descriptors import held_bytes, widen
from ssh_transport.link.stripe.flow import Receiver
from ssh_transport.link.stripe.frame import DATA, EOF
from ssh_transport.link.stripe.gathering import Gathering
from ssh_transport.link.stripe.lane import Lane
from ssh_transport.link.stripe.pump import Pump
from ssh_transport.link.stripe.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

SET_PIPE_BYTES, GET_PIPE_BYTES = 1031, 1032  # F_SETPIPE_SZ and F_GETPIPE_SZ of fcntl(2)
USUAL_SOCKET_BYTES = 212992  # wmem_default of socket(7)
LITTLE, SOME, MUCH = 100, 1 << 16, 1 << 20
KINDS = frozenset((DATA, EOF))


class Rests:
    """Stands for `poll`, and keeps what each rest waited for."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []

    def __call__(self) -> Rests:
        self.watched: list[int] = []
        return self

    def register(self, fd: int, mask: int) -> None:
        assert mask == select.POLLOUT
        self.watched.append(fd)

    def poll(self, longest_ms: int) -> None:
        assert longest_ms < 5, "a round trip of a near box is some milliseconds"
        self.seen.append(self.watched)


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    stand_in = Rests()
    monkeypatch.setattr(select, "poll", stand_in)
    return stand_in.seen


@pytest.mark.parametrize(("carried", "is_rest"), [(0, False), (LITTLE, False), (SOME, True), (MUCH, False)])
def test_only_a_turn_that_carried_some_but_not_much_is_followed_by_a_rest(
    rests: list[list[int]], carried: int, *, is_rest: bool
) -> None:
    Gathering().rest(carried, None)

    assert bool(rests) == is_rest


def test_what_was_carried_before_the_last_turn_does_not_count(rests: list[list[int]]) -> None:
    gathering = Gathering()
    for _ in range(3):
        gathering.rest(SOME, None)

    assert len(rests) == 1


def test_a_reader_that_can_take_more_ends_the_rest(rests: list[list[int]]) -> None:
    Gathering().rest(SOME, 7)

    assert rests == [[7]]


def test_the_kernel_is_shown_no_more_of_the_stream_than_a_pipe_takes() -> None:
    receiver = Receiver(64 << 20, KINDS)
    for number in range(100):
        receiver.accept(DATA, number, bytes(1 << 18))

    assert 1 << 20 < sum(map(len, receiver.of_stream())) < 2 << 20


def test_what_is_not_of_the_stream_ends_what_is_handed_on_at_once() -> None:
    receiver = Receiver(64 << 20, KINDS)
    for number, kind in zip(count(), (DATA, DATA, EOF), strict=False):
        receiver.accept(kind, number, b"" if kind == EOF else b"some")

    assert receiver.of_stream() == [b"some", b"some"]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(fd)


def test_what_could_be_full_before_a_rest_is_over_is_not_let_wait(
    rests: list[list[int]], pipe: tuple[int, int]
) -> None:
    """Where no user may have more in pipes, or a container's root shares an account with others, it holds 64 KiB."""
    fcntl.fcntl(pipe[1], SET_PIPE_BYTES, 1 << 16)
    gathering = Gathering()
    gathering.reads(pipe[0])
    gathering.rest(SOME, None)
    assert not rests

    gathering.forgets(pipe[0])
    gathering.rest(2 * SOME, None)
    assert len(rests) == 1


def test_it_is_known_what_waits_where(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    with here, there:
        assert held_bytes(here.fileno()) == USUAL_SOCKET_BYTES
        widen(here.fileno())
        assert held_bytes(pipe[0]) == fcntl.fcntl(pipe[0], GET_PIPE_BYTES)

        monkeypatch.setattr(sys, "platform", "darwin")
        assert held_bytes(pipe[0]) == 0


def test_a_pump_widens_the_pipes_of_a_lane_and_rests_behind_a_turn(
    rests: list[list[int]], pipe: tuple[int, int]
) -> None:
    usual_bytes = held_bytes(pipe[0])
    pump = Pump(1 << 20, 0.5, KINDS, 10.0)
    answers, writer = os.pipe()
    pump.add(Wire(Lane(1, 0.0), pipe[0], writer, 0.0, greeting=False))
    pump.received_bytes = SOME
    pump.step(0.0)

    assert min(held_bytes(pipe[0]), held_bytes(writer)) > usual_bytes
    assert rests == [[]]
    for fd in (answers, writer):
        os.close(fd)
