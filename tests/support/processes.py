"""What runs on this machine for a test, and the wait for something to come true of it."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE_S = 60
POLL_S = 0.01


def until(true: Callable[[], object], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait for what must come true."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not true():
        meanwhile()
        assert time.monotonic() < deadline_s, f"not true in {DEADLINE_S} s: {_text(true)}"
        time.sleep(POLL_S)


def _text(true: Callable[[], object]) -> str:
    try:
        return inspect.getsource(true).strip()
    except (OSError, TypeError):
        return repr(true)


def programs_of(directory: Path) -> dict[int, bytes]:
    """Return by process id the command lines of what belongs to a person or box with this home, servers aside."""
    return {
        process: command
        for process, command, environment in _processes()
        if bytes(directory) in environment and b"sshd" not in command
    }


def end(directory: Path) -> None:
    """End what belongs to a person or box with this home, and wait until it is gone."""
    for process in programs_of(directory):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until(lambda: not programs_of(directory))


def rsyncs(directory: Path) -> list[int]:
    """Return the processes of rsync, ours or the box's, that belong to the person or box with this home."""
    return [
        process
        for process, command, environment in _processes()
        if bytes(directory) in environment and b"rsync" in command
    ]


def _processes() -> Iterator[tuple[int, bytes, bytes]]:
    """Yield id, command line and environment of each process that has not ended meanwhile."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield int(process.name), (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
