"""What a turn of the link's loop costs: how it rests, how much it shows the kernel, what its pipes hold."""

from __future__ import annotations

import fcntl
import os
import select
from itertools import count

import pytest

from ssh_transport.link.stripe.descriptors import widen
from ssh_transport.link.stripe.flow import Receiver
from ssh_transport.link.stripe.frame import DATA, EOF
from ssh_transport.link.stripe.gathering import Gathering

GET_PIPE_BYTES = 1032  # F_GETPIPE_SZ of fcntl(2)
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


def test_what_can_hold_no_more_is_left_as_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, a socket, a pipe beyond what its user may have in pipes."""
    with (tmp_path_factory.mktemp("any") / "file").open("w") as file:
        widen(file.fileno())


def test_a_pipe_that_may_not_grow_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> int:
        raise PermissionError

    reader, writer = os.pipe()
    usual_bytes = fcntl.fcntl(writer, GET_PIPE_BYTES)
    monkeypatch.setattr(fcntl, "fcntl", refuse)
    widen(writer)
    monkeypatch.undo()

    assert fcntl.fcntl(writer, GET_PIPE_BYTES) == usual_bytes
    os.close(reader)
    os.close(writer)
