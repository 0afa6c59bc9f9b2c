"""What a program on a box says is what it may say, or nothing."""

from __future__ import annotations

import msgspec
import pytest

from ssh_transport.bucket.far import told
from ssh_transport.bucket.said import Said


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{",
        b'{"part": -1}',
        b'{"part": "0"}',
        b'{"part": 0, "sha": "../../elsewhere"}',
        b'{"part": 0, "sha": "' + b"A" * 64 + b'"}',
        b'{"part": 0, "plain": "' + b"a" * 65 + b'"}',
        b'{"files": [[-1, 0]]}',
        b'{"files": [["1", 0]]}',
        b'{"changed": [null]}',
        b'{"url": "http://elsewhere"}',
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(line, type=Said)


def test_a_name_is_told_byte_for_byte() -> None:
    assert told("a\udcff\n\u00e9").encode("latin-1") == b"a\xff\n\xc3\xa9"
