"""Whatever a session says, and if it says nothing: nobody waits for its end for ever."""

from __future__ import annotations

import os
import time
from functools import partial

import pytest

from ssh_transport.box.carrier.carrier import ends_within
from ssh_transport.box.carrier.fed import Fed
from ssh_transport.box.carrier.program import Spawned
from tests.support.clock import on_this_machine


@pytest.mark.parametrize(
    ("argv", "ends"), [(["true"], True), (["false"], True), (["yes"], False), (["sleep", "100"], False)], ids=str
)
def test_an_end_is_waited_for_but_not_for_ever(argv: list[str], *, ends: bool) -> None:
    start = time.monotonic()
    with Fed(partial(Spawned, argv, os.environ)) as session:
        assert ends_within(session, 0.5) is ends
    assert time.monotonic() - start < on_this_machine(20)


def test_what_nobody_reads_keeps_nobody() -> None:
    """Its program ends, and what is still to be written goes nowhere."""
    with Fed(partial(Spawned, ["sleep", "100"], os.environ)) as session:
        session.feed(bytes(10_000_000), last=True)
        assert not ends_within(session, 0.2)
