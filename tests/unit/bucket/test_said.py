"""What a box says of parts goes into words for another box's shell, and is checked to its last byte."""

from __future__ import annotations

import msgspec
import pytest

from ssh_transport.bucket.said import Said
from ssh_transport.spread.plan import Cut

DIGEST = "ab" * 32


@pytest.mark.parametrize("shape", [Said, Cut])
@pytest.mark.parametrize("tail", ["\n", " ", "\nrm", "\u2028"])
def test_a_digest_is_hexadecimal_digits_and_nothing_behind_them(shape: type[Said | Cut], tail: str) -> None:
    def said(digest: str) -> bytes:
        return msgspec.json.encode({"sha": digest} if shape is Said else {"files": [], "digests": digest})

    assert msgspec.json.decode(said(DIGEST), type=shape)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(said(DIGEST + tail), type=shape)
