"""The packets of SFTP: read as they were written, and never believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.sftp import wire
from ssh_transport.sftp.wire import Attributes, Fields, ProtocolError

UINT32 = st.integers(0, 2**32 - 1)


@given(UINT32, st.integers(0, 2**64 - 1), st.binary(max_size=300))
def test_what_is_packed_is_read_back(small: int, large: int, text: bytes) -> None:
    fields = Fields(memoryview(wire.number(small) + wire.long(large) + wire.string(text)))

    assert (small, large, text) == (fields.number(), fields.long(), fields.string())
    assert not fields


@given(UINT32, UINT32)
def test_attributes_are_read_back(mode: int, mtime_s: int) -> None:
    packed = wire.attributes(mode=mode, mtime_s=mtime_s)

    assert Attributes(0, mode, mtime_s) == Fields(memoryview(packed)).attributes()


@given(st.binary(max_size=200))
def test_any_bytes_are_attributes_or_an_error_of_the_protocol(packet: bytes) -> None:
    fields = Fields(memoryview(packet))
    try:
        found = fields.attributes()
    except ProtocolError:
        return
    assert 0 <= found.size < 2**64


def test_owners_and_extensions_are_passed_over() -> None:
    given = 0x01 | 0x02 | 0x04 | 0x08 | 0x80000000
    extension = wire.string(b"name") + wire.string(b"value")
    packed = (wire.number(given) + wire.long(7) + wire.number(0) * 2 + wire.number(0o644) + wire.number(5) * 2) + (
        wire.number(1) + extension + wire.number(9)
    )
    fields = Fields(memoryview(packed))

    assert Attributes(7, 0o644, 5) == fields.attributes()
    assert fields.number() == 9


@pytest.mark.parametrize("head", [b"\xff\xff\xff\xff", b"\0\0\0\4", b"\0\0", b"\0\x10\0\1"])
def test_a_length_that_no_answer_has_is_refused(head: bytes) -> None:
    with pytest.raises(ProtocolError):
        wire.length(head)


@pytest.mark.parametrize(("mtime", "seconds"), [(-5.0, 0), (1.9, 1), (2**40, 2**32 - 1)])
def test_times_are_those_that_fit(mtime: float, seconds: int) -> None:
    assert seconds == wire.seconds(mtime)
