"""A program of ours and what it leaves behind: neither outlives the ``with``, and nobody waits for the second."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ssh_transport.box.carrier.process import Process, split
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.errors import CommandFailed
from tests.support.clock import on_this_machine
from tests.support.processes import until

SOON_S = 2
# What a `ProxyCommand` leaves: a child that holds standard error open.
LEAVES_A_CHILD = "sleep 100 & echo $!; exit 3"
# The same, out of reach: it has left the group as well.
LEAVES_A_DAEMON = """
import os, time
if os.fork():
    os.wait()
elif not os.fork():
    os.setsid()
    print(os.getpid(), flush=True)
    time.sleep(100)
"""
IGNORES_TERM = "trap '' TERM; echo $$; while :; do sleep 1; done"


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_that_is_left_behind_is_ended_and_not_waited_for() -> None:
    begun_s = time.monotonic()
    with Process(Spawned(["sh", "-c", LEAVES_A_CHILD.replace("&", ">/dev/null &", 1)], os.environ)) as process:
        (child,) = map(int, process.lines())
        assert process.wait() == 3
    assert time.monotonic() - begun_s < on_this_machine(SOON_S)
    until(lambda: is_gone(child))


def test_a_group_is_ended_although_its_leader_has_ended_unseen() -> None:
    begun_s = time.monotonic()
    with Process(Spawned(["sh", "-c", LEAVES_A_CHILD.replace("&", ">/dev/null &", 1)], os.environ)) as process:
        child = int(next(process.lines()))
    assert time.monotonic() - begun_s < on_this_machine(SOON_S)
    until(lambda: is_gone(child))


def test_what_left_the_group_keeps_nobody_waiting() -> None:
    begun_s = time.monotonic()
    with Process(Spawned([sys.executable, "-c", LEAVES_A_DAEMON], os.environ)) as process:
        daemon = int(next(process.lines()))
    try:
        assert time.monotonic() - begun_s < on_this_machine(SOON_S + 1)
        assert not is_gone(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_what_bears_a_polite_signal_does_not_bear_the_second() -> None:
    with Process(Spawned(["sh", "-c", IGNORES_TERM], os.environ)) as process:
        program = int(next(process.lines()))
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < on_this_machine(SOON_S)
    assert is_gone(program)


def test_lines_are_the_same_however_they_come() -> None:
    text = b"one\rtwo\n\nthree"
    assert [*split([text])] == [*split(text[at : at + 1] for at in range(len(text)))] == [b"one", b"two", b"three"]


def test_a_line_without_end_is_refused_in_a_time_that_grows_with_its_length_alone() -> None:
    with pytest.raises(CommandFailed, match="longer than any"):
        list(split(b"x" for _ in range(1 << 20)))
