"""Polite kills end things as Ctrl-C does, and a caller's own handlers are theirs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from ssh_transport.terminal.signals import polite_kills_as_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _default() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_is_an_interrupt(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), polite_kills_as_ctrl_c(is_last=True):
        signal.raise_signal(number)

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_the_caller_is_called() -> None:
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: came.append(number))

    with polite_kills_as_ctrl_c():
        signal.raise_signal(signal.SIGTERM)

    assert came == [signal.SIGTERM]


def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    with polite_kills_as_ctrl_c():
        signal.raise_signal(signal.SIGTERM)


def test_a_program_that_calls_us_dies_of_the_kill_as_it_would_have_once_we_tidied_up() -> None:
    program = """
import signal
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
try:
    with polite_kills_as_ctrl_c():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            print("tidied up", flush=True)
except BaseException:
    print("went on")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("tidied up\n", -signal.SIGTERM)


def test_another_thread_changes_no_signal() -> None:
    found = []

    def look() -> None:
        with polite_kills_as_ctrl_c():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert found == [signal.SIG_DFL]
