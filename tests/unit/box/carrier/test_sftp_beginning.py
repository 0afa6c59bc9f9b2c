"""What start-up files print before an SFTP server speaks is skipped, and nothing behind it."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box.carrier import sftp_beginning
from ssh_transport.box.carrier.sftp_beginning import Beginning

VERSION = b"\0\0\0\x1c\2\0\0\0\3\0\0\0\x04limits"


def heard(said: bytes, *, is_over: bool = True) -> bytes:
    """Return what is heard of a server that says so much, and ends then or waits."""
    reader, writer = os.pipe()
    with open(reader, "rb", 0) as source, contextlib.ExitStack() as stack:  # noqa: PTH123 - a descriptor
        sink = stack.enter_context(open(writer, "wb", 0))  # noqa: PTH123 - likewise
        sink.write(said)
        if is_over:
            sink.close()
        beginning = Beginning(reader)
        first = b"".join(iter(lambda: beginning.take(7), b""))
        return first + source.read() if is_over else first


@given(
    noise=st.binary(max_size=50).filter(lambda noise: b"\0" not in noise),
    number=st.integers(0, 255),
    rest=st.binary(max_size=50),
)
def test_all_is_heard_from_the_first_word_of_the_server_on(noise: bytes, number: int, rest: bytes) -> None:
    """Whether its version will do is for who speaks with it."""
    said = VERSION[:8] + bytes([number]) + VERSION[9:] + rest

    assert heard(noise + said) == said


@pytest.mark.parametrize("said", [b"", b"This account is not available.\n", VERSION[:8], b"\0" * 100])
def test_where_no_server_speaks_it_is_heard_what_did(said: bytes) -> None:
    assert heard(said) == said


def test_what_prints_and_waits_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is with a menu for people."""
    monkeypatch.setattr(sftp_beginning, "_SOON_S", 0)

    assert heard(b"Choose: ", is_over=False) == b"Choose: "


def test_what_never_ends_is_not_searched_for_ever() -> None:
    assert heard(b"x" * 65_000 + VERSION, is_over=False).startswith(VERSION[:7])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sftp_beginning, "_NOISE_BYTES", 1000)
        assert heard(b"x" * 2000, is_over=False) == b"x" * 1000
