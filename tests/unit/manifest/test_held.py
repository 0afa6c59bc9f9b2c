"""A source that is compared with many targets is listed and hashed once."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import NoSuchPath
from ssh_transport.manifest import Held, ends
from ssh_transport.manifest.ends import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_several_threads_read_what_was_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []

    @contextlib.contextmanager
    def here(listing: Listing, algorithm: str) -> Iterator[Iterator[bytes]]:
        listed.append(f"{listing.path} {algorithm}")
        yield iter([b"a" * 300_000, b"b"])

    monkeypatch.setattr(ends, "here", here)
    read: list[bytes] = []

    def ask(held: Held, algorithm: str) -> None:
        with held.here(Listing("/data"), algorithm) as chunks:
            read.append(b"".join(chunks))

    with Held() as held:
        threads = [threading.Thread(target=ask, args=(held, name)) for name in ("sha256", "sha256", "blake2b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert read == [b"a" * 300_000 + b"b"] * 3
    assert sorted(listed) == ["/data blake2b", "/data sha256"]


def test_what_could_not_be_listed_is_listed_anew() -> None:
    with Held() as held:
        for _ in range(2):
            with pytest.raises(NoSuchPath), held.here(Listing("/no/such/place"), "sha256") as chunks:
                list(chunks)
