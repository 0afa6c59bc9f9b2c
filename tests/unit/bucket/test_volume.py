"""What one of several uploads fails of ends none of the others behind our back."""

from __future__ import annotations

import threading

import pytest

from ssh_transport.bucket.volume import each


def test_when_one_fails_the_others_have_ended_before_it_is_told() -> None:
    """The next attempt would meet what is still under way."""
    is_begun, has_failed = threading.Event(), threading.Event()
    ended = []

    def act(name: str) -> None:
        if name == "fails":
            is_begun.wait()
            has_failed.set()
            raise OSError(name)
        if name == "goes on":
            is_begun.set()
            has_failed.wait()
            sum(range(5_000_000))
        ended.append(name)

    with pytest.raises(OSError, match="fails"):
        each(act, ["fails", "goes on"], lambda: None)

    assert ended == ["goes on"]
