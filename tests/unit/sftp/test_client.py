"""The SFTP client against servers that answer as each test says."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ssh_transport.sftp import wire
from ssh_transport.sftp.client import Client
from ssh_transport.sftp.wire import Fields, Kind, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

Answers = Callable[[int, int, Fields], bytes]

HELLO = b"\0\0\0\5" + bytes([Kind.VERSION]) + wire.number(3)


def packet(kind: int, number: int, payload: bytes) -> bytes:
    body = bytes([kind]) + wire.number(number) + payload
    return wire.number(len(body)) + body


def status(number: int, code: int, words: bytes = b"no") -> bytes:
    return packet(Kind.STATUS, number, wire.number(code) + wire.string(words) + wire.string(b"en"))


class Server:
    """A pipe whose other end answers each request by a function; an empty answer is silence."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._bytes = self._feed()
        self._coming: queue.Queue[bytes] = queue.Queue()
        self.closed = False

    def send(self, data: bytes) -> None:
        kind, fields = data[4], Fields(memoryview(data)[5:])
        self._coming.put(HELLO if kind == Kind.INIT else self._answers(kind, fields.number(), fields))

    def receive(self, count: int) -> bytes:
        return bytes(byte for _, byte in zip(range(count), self._bytes, strict=False))

    def close(self) -> None:
        self.closed = True
        self._coming.put(b"END")

    def why(self) -> Exception:
        return ConnectionResetError("the other end went away")

    def release(self) -> None:
        self.closed = True

    def _feed(self) -> Iterator[int]:
        while (data := self._coming.get()) != b"END":
            yield from data


def client(answers: Answers) -> Client:
    return Client(Server(answers), silence_s=5)


@pytest.mark.parametrize(
    ("code", "error"), [(2, FileNotFoundError), (3, PermissionError), (4, OSError), (8, OSError), (12345, OSError)]
)
def test_a_refusal_is_the_error_that_python_has_for_it(code: int, error: type[OSError]) -> None:
    with pytest.raises(error, match="because"):
        client(lambda _, number, __: status(number, code, b"because")).lstat("/x")


def test_a_server_that_falls_silent_is_given_up() -> None:
    session = client(lambda *_: b"")
    # It has greeted, for which a busy machine may need longer.
    session._silence_s = 0.05

    with pytest.raises(TimeoutError):
        session.lstat("/x")
    with pytest.raises(TimeoutError):
        session.lstat("/y")


def test_the_end_of_the_pipe_ends_what_is_asked() -> None:
    with pytest.raises(ConnectionResetError, match="went away"):
        client(lambda *_: b"END").lstat("/x")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda number: packet(Kind.ATTRS, number + 1, b"\0" * 4), id="to what nobody asked"),
        pytest.param(lambda number: packet(Kind.HANDLE, number, wire.string(b"h")), id="of another type"),
        pytest.param(lambda number: packet(Kind.ATTRS, number, b"\0"), id="cut short"),
        pytest.param(lambda number: status(number, 0), id="of success without what was asked for"),
        pytest.param(lambda _: b"\x7f\xff\xff\xff", id="of two gigabytes"),
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_of_the_protocol(answer: Callable[[int], bytes]) -> None:
    with pytest.raises(ProtocolError):
        client(lambda _, number, __: answer(number)).lstat("/x")


@pytest.mark.parametrize("data", [b"", b"more than four"], ids=["nothing", "too much"])
def test_a_read_gives_what_was_asked_for_and_not_more(data: bytes) -> None:
    session = client(lambda _, number, __: packet(Kind.DATA, number, wire.string(data)))

    with pytest.raises(ProtocolError):
        session.data(session.read(b"h", 0, 4), 4)


def test_a_listing_is_read_to_its_end() -> None:
    left = [b"a", b"b\nc", b"\xff"]

    def answers(kind: int, number: int, _: Fields) -> bytes:
        if kind == Kind.OPENDIR:
            return packet(Kind.HANDLE, number, wire.string(b"h"))
        if kind == Kind.READDIR and left:
            name = wire.string(left.pop(0))
            return packet(Kind.NAME, number, wire.number(1) + name + wire.string(b"long") + wire.number(0))
        return status(number, 1 if kind == Kind.READDIR else 0)

    assert [name for name, _ in client(answers).listing("/")] == [b"a", b"b\nc", b"\xff"]


class Stubborn(Server):
    """A pipe that can't be closed as it should."""

    def close(self) -> None:
        super().close()
        raise RuntimeError("can't be closed")


def test_whoever_waits_is_told_even_if_the_pipe_can_not_be_closed() -> None:
    session = Client(Stubborn(lambda *_: b""), silence_s=60)
    asked = session.ask(Kind.LSTAT, wire.string(b"/x"))

    with pytest.raises(RuntimeError):
        session.close()

    with pytest.raises(ConnectionAbortedError):
        asked.result(5)


class Older(Server):
    """Greets with a version that nobody speaks any more."""

    def send(self, _: bytes) -> None:
        self._coming.put(HELLO[:-1] + b"\2")


class WithLimits(Server):
    """Says that it tells its limits, and then tells something else."""

    def send(self, data: bytes) -> None:
        if data[4] == Kind.INIT:
            words = wire.string(b"limits@openssh.com") + wire.string(b"1")
            self._coming.put(wire.number(5 + len(words)) + HELLO[4:] + words)
        else:
            self._coming.put(status(Fields(memoryview(data)[5:]).number(), 4))


@pytest.mark.parametrize(("kind", "error"), [(Older, ProtocolError), (WithLimits, OSError)])
def test_a_session_that_does_not_come_about_is_closed(kind: type[Server], error: type[Exception]) -> None:
    pipe = kind(lambda *_: b"")

    with pytest.raises(error):
        Client(pipe, silence_s=5)

    assert pipe.closed
