"""Asks a platform's own command, which can ask nobody: within a time, and for no more than so many bytes."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING

from ssh_transport.errors import CommandFailed, ToolMissing
from ssh_transport.platforms.endpoint.private import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LONGEST_S = 60.0
LIMIT_BYTES = 8 << 20
_SAID_BYTES = 4096


class _Heard(threading.Thread):
    """
    Listens to one stream of a program until it ends, or until there is more than the limit.

    :param lets_go: whether what comes after the limit is read all the same, and forgotten.
    """

    def __init__(self, stream: IO[bytes] | None, limit_bytes: int, *, lets_go: bool = False) -> None:
        super().__init__(daemon=True)
        self.words = b""
        self._stream = stream
        self._limit_bytes = limit_bytes
        self._lets_go = lets_go
        self.start()

    def run(self) -> None:
        """Listen."""
        if not self._stream:
            return
        with self._stream as stream:
            self.words = stream.read(self._limit_bytes + 1)
            while self._lets_go and stream.read(self._limit_bytes):
                pass


@contextlib.contextmanager
def asking(get: str) -> Iterator[Callable[[Sequence[str]], bytes]]:
    """
    Yield what returns the output of a program, which has no terminal and no input; what still runs at the end is ended.

    It raises `ToolMissing` if the program is not installed, and `CommandFailed` if it failed, took too long, or printed
    too much; what is told of its complaints is without keys and tokens.

    :param get: how one comes by the program and its login.
    """
    under_way: set[subprocess.Popen[bytes]] = set()
    try:
        yield lambda argv: _answer(argv, get, under_way)
    finally:
        for program in list(under_way):
            _end(program)


def _answer(argv: Sequence[str], get: str, under_way: set[subprocess.Popen[bytes]]) -> bytes:
    name, typed = argv[0], shlex.join(argv)
    path = shutil.which(name)
    if not path:
        raise ToolMissing(f"`{name}` is not installed", hint=get)
    try:
        # In a session of its own, it can't ask the terminal for a password, and ends with all that it started.
        program = subprocess.Popen(
            [path, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as exc:
        raise ToolMissing(f"`{name}` can't be started", cause=exc.strerror or str(exc), hint=get) from exc
    under_way.add(program)
    until = time.monotonic() + LONGEST_S
    printed = _Heard(program.stdout, LIMIT_BYTES)
    said = _Heard(program.stderr, _SAID_BYTES, lets_go=True)
    printed.join(LONGEST_S)
    if len(printed.words) > LIMIT_BYTES:
        raise CommandFailed(f"`{typed}` printed more than {LIMIT_BYTES >> 20} MB")
    said.join(max(0, until - time.monotonic()))
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(max(0, until - time.monotonic()))
    if program.returncode is None or printed.is_alive() or said.is_alive():
        what = f"`{name}` gave no answer in {LONGEST_S:.0f} s"
        raise CommandFailed(what, hint=f"see what it does: {typed}")
    under_way.remove(program)
    if code := program.returncode:
        cause = without_secrets(said.words[:_SAID_BYTES].decode("utf-8", "replace")).strip() or f"exit code {code}"
        raise CommandFailed(f"`{typed}` failed", cause=cause, hint=f"if it is not logged in: {get}")
    return printed.words


def _end(program: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started and that still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
