"""A bucket that anyone can read, or whose clock is another, is refused; the canary is taken away."""

from __future__ import annotations

import email.utils
import time
from typing import Any

import pytest

from ssh_transport.bucket import trust
from ssh_transport.bucket.relay import Relay
from ssh_transport.errors import Guarded, SettingsError, Unreachable
from tests.support.lying_store import Asked, LyingStore


class Store:
    """What `trust.check` needs of a store, at an address."""

    def __init__(self, url: str) -> None:
        self.relay = Relay("lab", "s3://runs")
        self.there: list[str] = []
        self.puts = 0
        self._url = url

    def put(self, key: str, data: bytes) -> None:
        assert data
        self.puts += 1
        self.there.append(key)

    def signed(self, *_: Any, **__: Any) -> list[str]:
        return [self._url]

    def delete(self, keys: list[str]) -> None:
        self.there = [key for key in self.there if key not in keys]


def refuses(asked: Asked, _: int) -> None:
    asked.says(403, b"")


def shows(asked: Asked, _: int) -> None:
    asked.says(200, b"canary")


def late(asked: Asked, _: int) -> None:
    asked.send_response_only(403)
    asked.send_header("Date", email.utils.formatdate(time.time() - 3600, usegmt=True))
    asked.send_header("Content-Length", "0")
    asked.end_headers()


def test_a_bucket_that_refuses_is_trusted() -> None:
    with LyingStore(refuses) as server:
        store: Any = Store(server.url)
        trust.check(store)
        assert store.there == []


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [(shows, Guarded, "anyone can read the relay `lab`"), (late, SettingsError, "off by 60 minutes")],
)
def test_any_other_is_refused(answer: Any, error: type[Exception], words: str) -> None:
    with LyingStore(answer) as server:
        store: Any = Store(server.url)
        with pytest.raises(error, match=words):
            trust.check(store)
        assert store.there == []
        # With a wrong clock it would be refused, in other words.
        assert store.puts == (answer is not late)


def test_one_that_does_not_answer_is_told_once() -> None:
    with LyingStore(refuses) as server:
        store: Any = Store(server.url)
    with pytest.raises(Unreachable, match="does not answer") as caught:
        trust.check(store)
    assert caught.value.is_permanent
