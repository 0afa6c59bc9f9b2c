"""What both ends of the striped link do with descriptors."""

from __future__ import annotations

import os
import sys

import pytest

from ssh_transport.link.stripe.descriptors import is_read


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others do not tell")
def test_what_is_in_a_pipe_is_not_read() -> None:
    reader, writer = os.pipe()
    try:
        assert is_read(writer)
        os.write(writer, b"some")
        assert not is_read(writer)
        os.read(reader, 100)
        assert is_read(writer)
    finally:
        os.close(reader)
        os.close(writer)
