"""What the tasks of a command line need is made ready while the first login waits, and told where it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box.carrier import master
from ssh_transport.terminal import command_line
from tests.support.processes import until

if TYPE_CHECKING:
    import pytest

    from ssh_transport.box import Box

called: list[str] = []


def ready() -> None:
    called.append("ready")


def fails() -> None:
    raise ImportError("there is none")


def test_it_is_made_ready_once_by_the_first_login(there: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.called", [])
    # As if it took its time.
    monkeypatch.setattr(master, "_FAR_S", -1)
    with command_line.under_way():
        line = command_line.current()
        assert line
        line.needs = [f"{__name__}:fails", "no.such.module", f"{__name__}:ready"]
        there.open()
        # On a busy machine a near box may let us in before we look.
        until(lambda: called, there.reconnect)
        there.reconnect()

        assert called == ["ready"]
