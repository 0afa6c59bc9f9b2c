"""The link spoils connections in just the way it is told."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest

from demo.link import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 10


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """The far side, where the link leads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT_S)
        yield listener


@pytest.fixture
def link(listener: socket.socket) -> Iterator[Link]:
    with Link(listener.getsockname()[1]) as link:
        yield link


@contextlib.contextmanager
def client_of(link: Link) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", link.port), timeout=TIMEOUT_S) as client:
        yield client


@contextlib.contextmanager
def connected(link: Link, listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of one connection through the link."""
    with client_of(link) as client, listener.accept()[0] as far:
        far.settimeout(TIMEOUT_S)
        yield client, far


def received_before_reset(end: socket.socket) -> bytes:
    """What arrives until the connection is reset; its orderly end fails the test."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while True:
            data = end.recv(1 << 16)
            assert data, "the connection ended in order"
            received += data
    return received


def test_bytes_are_forwarded_and_counted(link: Link, listener: socket.socket) -> None:
    """Both directions are counted, and one may end before the other."""
    with connected(link, listener) as (client, far), client.makefile("rb") as down, far.makefile("rb") as up:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
        arrived_up = up.read()
        far.sendall(b"defgh")
        far.shutdown(socket.SHUT_WR)
        arrived_down = down.read()

    assert (arrived_up, arrived_down) == (b"abc", b"defgh")
    assert (link.bytes_up, link.bytes_down, link.connections) == (3, 5, 1)


def test_a_cut_resets_both_ends(link: Link, listener: socket.socket) -> None:
    """After a cut no end is left waiting, and the next connection works."""
    with connected(link, listener) as (client, far):
        link.cut()

        assert (received_before_reset(client), received_before_reset(far)) == (b"", b"")
    with connected(link, listener) as (client, far):
        client.sendall(b"again")

        assert far.recv(5) == b"again"


def test_planned_cuts_fall_on_the_byte(link: Link, listener: socket.socket) -> None:
    """Each cut happens once, in the order of the totals, and lets through what was due."""
    link.cut_at(1_500)
    link.cut_at(1_000)
    arrived = []
    for _ in range(2):
        with connected(link, listener) as (client, far):
            client.sendall(bytes(5_000))
            arrived.append(len(received_before_reset(far)))
    with connected(link, listener) as (client, far), far.makefile("rb") as up:
        client.sendall(bytes(5_000))
        client.shutdown(socket.SHUT_WR)
        arrived.append(len(up.read()))

    assert arrived == [1_000, 500, 5_000]


def test_a_client_whose_address_changed_leaves_a_ghost(link: Link, listener: socket.socket) -> None:
    """An open connection falls silent, its end is not heard, new ones work, and the ghost can be dropped."""
    with connected(link, listener) as (old, ghost):
        link.silence_open()
        old.sendall(b"lost")
        old.close()
        with connected(link, listener) as (new, far):
            new.sendall(b"heard")
            assert far.recv(5) == b"heard"
            ghost.settimeout(0)
            with pytest.raises(BlockingIOError):
                ghost.recv(1)
            ghost.settimeout(TIMEOUT_S)
            link.drop_muted()
            assert received_before_reset(ghost) == b""
            new.sendall(b"still")
            assert far.recv(5) == b"still"


def test_silence_ends_with_restore(link: Link, listener: socket.socket) -> None:
    """What was said into the silence arrives after it, on the connections made meanwhile too."""
    with connected(link, listener) as (old, far):
        link.silence()
        old.sendall(b"old")
        with client_of(link) as new:
            new.sendall(b"new")
            assert link.bytes_up == 0
            link.restore()
            with listener.accept()[0] as far_of_new:
                far_of_new.settimeout(TIMEOUT_S)
                assert (far.recv(3), far_of_new.recv(3)) == (b"old", b"new")


def test_a_planned_silence_falls_on_the_byte(link: Link, listener: socket.socket) -> None:
    """At its total the open connection falls silent without an end."""
    link.silence_at(1_000)
    with connected(link, listener) as (client, far), far.makefile("rb") as up:
        client.sendall(bytes(1_500))
        up.read(1_000)
        with connected(link, listener) as (new, far_of_new):
            new.sendall(b"heard")
            assert far_of_new.recv(5) == b"heard"
        assert link.bytes_up == 1_005
        link.restore()
        assert len(up.read(500)) == 500


def test_a_refusing_link_keeps_what_is_open(link: Link, listener: socket.socket) -> None:
    """New connections are refused until the link accepts again, on the same port."""
    with connected(link, listener) as (client, far):
        link.refuse()
        with pytest.raises(ConnectionRefusedError), client_of(link):
            pass
        client.sendall(b"open")
        assert far.recv(4) == b"open"
        link.accept()
        with connected(link, listener):
            assert link.connections == 2


def test_a_dead_target_resets_the_client() -> None:
    """A link that leads nowhere takes the connection and drops it."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            Link(nobody.getsockname()[1]) as link,
            # The reset may come before the client has seen its connection made.
            pytest.raises(ConnectionResetError),
            client_of(link) as client,
        ):
            client.recv(1)


def test_the_rate_is_kept(listener: socket.socket) -> None:
    """A throttled link takes the time that its rate says."""
    rate_bytes_s = 1_000_000
    with (
        Link(listener.getsockname()[1], rate_bytes_s) as link,
        connected(link, listener) as (client, far),
        far.makefile("rb") as up,
    ):
        begun_at_s = time.monotonic()
        client.sendall(bytes(rate_bytes_s // 2))
        up.read(rate_bytes_s // 2)
        elapsed_s = time.monotonic() - begun_at_s

    assert elapsed_s > 0.45


def test_a_delay_is_borne_by_every_byte_and_limits_no_rate(listener: socket.socket) -> None:
    """Far more than one buffer is on its way at once, in order, and the end comes after it."""
    data = bytes(range(256)) * (64 << 10)
    with Link(listener.getsockname()[1], delay_s=0.2) as link, connected(link, listener) as (client, far):
        start_s = time.monotonic()
        client.sendall(b"?")
        far.recv(1)
        far.sendall(b"!")
        client.recv(1)
        round_trip_s = time.monotonic() - start_s
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        with far.makefile("rb") as arriving:
            received = arriving.read()
        many_s = time.monotonic() - start_s - round_trip_s
        far.shutdown(socket.SHUT_WR)
        closed = client.recv(1)

    assert 0.4 <= round_trip_s < 2
    assert 0.2 <= many_s < 2
    assert received == data
    assert closed == b""


def test_a_delayed_connection_is_cut_at_both_ends(listener: socket.socket) -> None:
    """What was on its way is lost."""
    with Link(listener.getsockname()[1], delay_s=5) as link, connected(link, listener) as (client, far):
        client.sendall(b"lost")
        link.cut()

        assert (received_before_reset(client), received_before_reset(far)) == (b"", b"")
        assert link.bytes_up == 0
