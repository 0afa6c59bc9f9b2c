"""What a box says of itself in few bytes is read only if it is whole and little."""

from __future__ import annotations

import base64
import gzip

import pytest

from ssh_transport.facts.listing import listed

MOST_BYTES = 1 << 18


def said(data: bytes) -> str:
    return base64.encodebytes(gzip.compress(data)).decode()


def test_a_listing_has_the_lines_before_its_end() -> None:
    assert listed(said(b"one line\nanother\nwhole\n")) == [b"one line", b"another"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64 (",
        "bm8gZ3ppcA==",
        said(b""),
        said(b"one line\nanother\n"),
        said(b"one line\nanother\nwhole\n")[:-12],
        said(b"x" * MOST_BYTES + b"\nwhole\n"),
    ],
    ids=["nothing", "no base64", "no gzip", "empty", "no end", "cut", "too much"],
)
def test_what_is_not_whole_or_not_little_is_no_listing(text: str) -> None:
    assert listed(text) == []


def test_a_bomb_is_no_listing() -> None:
    assert listed(said(b"x\n" * (1 << 25) + b"whole\n")) == []
