"""A part comes whole, or not at all, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.worker import wire
from tests.support.lying_store import LyingStore

if TYPE_CHECKING:
    from tests.support.lying_store import Answer, Asked

BODY = bytes(range(256)) * 40
ERROR = b"<Error><Code>SlowDown</Code><StringToSign>secret</StringToSign></Error>"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def good(asked: Asked, first: int) -> None:
    asked.says(206, BODY[first:], Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")


def cut(asked: Asked, first: int) -> None:
    half = BODY[first:][:4000]
    asked.says(206, half, len(BODY) - first, Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")


def range_called_whole(asked: Asked, first: int) -> None:
    asked.says(200, BODY[first:], Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")


def whole(asked: Asked, first: int) -> None:
    asked.says(200, BODY)


def busy(asked: Asked, first: int) -> None:
    asked.says(503, ERROR)


def later_range(asked: Asked, first: int) -> None:
    asked.says(206, BODY[first + 1 :], Content_Range=f"bytes {first + 1}-{len(BODY) - 1}/{len(BODY)}")


def mute_range(asked: Asked, first: int) -> None:
    asked.says(206, BODY[first:])


def gone(asked: Asked, first: int) -> None:
    asked.says(404, b"<Error><Code>NoSuchKey</Code></Error>")


def empty(asked: Asked, first: int) -> None:
    asked.says(200, b"")


def elsewhere(asked: Asked, first: int) -> None:
    asked.says(307, b"", Location="http://127.0.0.1:1/elsewhere")


@pytest.mark.parametrize(
    ("lies", "asked"),
    [
        ([good], [0]),
        ([cut, cut, good], [0, 4000, 8000]),
        ([cut, range_called_whole], [0, 4000]),
        ([cut, whole], [0, 4000]),
        ([busy, good], [0, 0]),
    ],
)
def test_a_part_comes_whole_and_goes_on_where_it_was_cut(lies: list[Answer], asked: list[int]) -> None:
    with LyingStore(*lies) as store:
        assert wire.get(store.url, len(BODY), lambda _: None) == BODY
        assert store.asked == asked


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (later_range, "another range"),
        (mute_range, "says nothing of itself"),
        (gone, "HTTP 404 NoSuchKey"),
        (busy, "HTTP 503 SlowDown"),
        (empty, "ended early"),
        (elsewhere, "HTTP 307"),
    ],
)
def test_what_does_not_come_is_told_without_its_address(lie: Answer, why: str) -> None:
    with LyingStore(lie) as store, pytest.raises(wire.Bad, match=why) as caught:
        wire.get(store.url, len(BODY), lambda _: None)

    assert "c0ffee" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_server_that_falls_silent_costs_no_more_than_the_last_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow ones are waited for, as long as anything comes; what is there is heard of block by block."""
    monkeypatch.setattr(wire, "_TIMEOUT_S", 0.5)
    long, block_bytes = BODY * 20, wire._BLOCK_BYTES
    is_over = threading.Event()
    heard: list[int] = []

    def falls_silent(asked: Asked, first: int) -> None:
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(long)))
        asked.end_headers()
        asked.wfile.write(long[: 2 * block_bytes + 1000])
        is_over.wait()

    def goes_on(asked: Asked, first: int) -> None:
        asked.says(206, long[first:], Content_Range=f"bytes {first}-{len(long) - 1}/{len(long)}")

    with LyingStore(falls_silent, goes_on) as store:
        try:
            assert wire.get(store.url, len(long), heard.append) == long
            assert store.asked == [0, 2 * block_bytes]
        finally:
            is_over.set()
    assert heard == [block_bytes, block_bytes, block_bytes, len(long) - 3 * block_bytes]


def test_no_more_is_read_than_there_should_be() -> None:
    with LyingStore(whole) as store:
        assert wire.get(store.url, 100, lambda _: None) == BODY[:100]


def test_a_part_is_in_memory_once() -> None:
    """A box may have little, and takes several at once."""
    long = bytes(8 << 20)
    with LyingStore(lambda asked, _: asked.says(200, long)) as store:
        tracemalloc.start()
        try:
            assert len(wire.get(store.url, len(long), lambda _: None)) == len(long)
            assert tracemalloc.get_traced_memory()[1] < len(long) * 1.5
        finally:
            tracemalloc.stop()


def stored(asked: Asked, first: int) -> None:
    asked.says(200, b"")


def not_stored(asked: Asked, first: int) -> None:
    asked.says(200, ERROR)


def test_a_part_is_put_again_when_the_server_was_busy() -> None:
    with LyingStore(busy, stored) as store:
        wire.put(store.url, BODY)

        assert store.stored == [BODY, BODY]


@pytest.mark.parametrize(("lie", "why"), [(not_stored, "not stored"), (gone, "HTTP 404"), (busy, "HTTP 503")])
def test_a_part_that_was_not_stored_is_told(lie: Answer, why: str) -> None:
    with LyingStore(lie) as store, pytest.raises(wire.Bad, match=why):
        wire.put(store.url, BODY)


def test_one_connection_serves_many_requests_while_the_server_keeps_it() -> None:
    with LyingStore(good, keeps=True) as store:
        for _ in range(3):
            assert wire.get(store.url, len(BODY), lambda _: None) == BODY
        assert store.connections == 1
    with LyingStore(stored, keeps=True) as store:
        for _ in range(3):
            wire.put(store.url, BODY)
        assert store.connections == 1


def test_what_is_left_of_an_answer_is_not_taken_for_the_next() -> None:
    with LyingStore(whole, keeps=True) as store:
        assert wire.get(store.url, 100, lambda _: None) == BODY[:100]
        assert wire.get(store.url, 200, lambda _: None) == BODY[:200]


def test_a_connection_that_the_server_has_closed_costs_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MOST_FRUITLESS", 1)
    with LyingStore(good, keeps=True) as store:
        wire.get(store.url, len(BODY), lambda _: None)
        wire._kept.connection.sock.shutdown(socket.SHUT_RDWR)

        assert wire.get(store.url, len(BODY), lambda _: None) == BODY
