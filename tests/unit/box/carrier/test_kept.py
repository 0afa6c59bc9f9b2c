"""A login is kept for the next task of the command line, for one at a time, and ends with the last of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box.carrier import kept
from ssh_transport.errors import Interrupted
from ssh_transport.terminal import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box


class Login:
    def __init__(self) -> None:
        self.is_alive, self.is_answering, self.closed = True, True, 0

    def answers(self) -> bool:
        return self.is_answering

    def close(self) -> None:
        self.is_alive = False
        self.closed += 1


@pytest.fixture
def login() -> Any:
    """As a carrier; what its type is does not matter here."""
    return Login()


def test_without_a_command_line_nothing_is_kept(make_box: Callable[..., Box], login: Any) -> None:
    assert not kept.put(make_box(), login)
    assert kept.take(make_box()) is None


def test_one_has_it_at_a_time(make_box: Callable[..., Box], login: Any) -> None:
    with command_line.under_way():
        assert kept.put(make_box(), login)
        assert kept.take(make_box("other")) is None
        assert kept.take(make_box(port=23)) is None
        found: Any = kept.take(make_box())
        assert found is login
        assert kept.take(make_box()) is None
    assert login.closed == 0


@pytest.mark.parametrize("fault", [None, KeyboardInterrupt])
def test_it_ends_with_the_command_line_however_that_ends(
    fault: type[BaseException] | None, make_box: Callable[..., Box], login: Any
) -> None:
    def run() -> None:
        with command_line.under_way():
            kept.put(make_box(), login)
            if fault:
                raise fault

    with pytest.raises(Interrupted) if fault else contextlib.nullcontext():
        run()
    assert login.closed == 1
    assert not kept.put(make_box(), login)


def test_what_has_ended_or_is_stale_is_not_gone_on_over(
    make_box: Callable[..., Box], login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale: Any = Login()
    stale.is_answering = False
    monkeypatch.setattr(kept, "_FRESH_S", 0)
    with command_line.under_way():
        kept.put(make_box(), login)
        login.is_alive = False
        kept.put(make_box(), stale)
        assert kept.take(make_box()) is None
    assert stale.closed == 1
