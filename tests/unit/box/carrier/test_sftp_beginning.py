"""What start-up files print before an SFTP server speaks is skipped, and nothing behind it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box.carrier.sftp_beginning import Beginning

VERSION = b"\0\0\0\x1c\2\0\0\0\3\0\0\0\x04limits"


def heard(said: bytes, count: int = 7) -> bytes:
    beginning = Beginning(io.BytesIO(said).read)
    return b"".join(iter(lambda: beginning.read(count), b""))


@given(noise=st.binary(max_size=50).filter(lambda noise: b"\0" not in noise), rest=st.binary(max_size=50))
def test_all_is_heard_from_the_first_word_of_the_server_on(noise: bytes, rest: bytes) -> None:
    assert heard(noise + VERSION + rest) == VERSION + rest


@pytest.mark.parametrize("said", [b"", b"This account is not available.\n", VERSION[:8], b"\0" * 100])
def test_where_no_server_speaks_it_is_heard_what_did(said: bytes) -> None:
    assert heard(said) == said


def test_what_never_ends_is_not_waited_for() -> None:
    assert len(Beginning(io.BytesIO(b"x" * (1 << 20)).read).read(1 << 20)) == 1 << 16
