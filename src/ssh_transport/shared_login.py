"""
One `ssh` that logs in beside the Fabric connection, so that the calls of a copy need not: ssh_config(5), ControlMaster.

It is an offer. Where it did not get through, or ends, `ssh` logs in by itself.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# It ends with its standard input, which closes when we end, however we end. A signal that ends us all must not keep the
# shell from taking the directory away.
_KEEPER = 'directory=$1; shift; trap : HUP INT TERM; "$@"; rmdir "$directory"'
_ON_THE_BOX = "echo; exec cat"
_LONGEST_PATH_BYTES = 80  # of the 104 of a socket's address `ssh` adds 17 while it makes one
_END_S = 5


class SharedLogin:
    """
    The `ssh` that holds the connection.

    :param call: the words of an `ssh` to the box, up to the name of the box and that one too.
    """

    def __init__(self, call: Sequence[str], timeout_s: float) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="ssh-transport-"))
        self._socket = self._directory / "s"
        self._timeout_s = timeout_s
        self._is_up: bool | None = None if len(os.fsencode(self._socket)) < _LONGEST_PATH_BYTES else False
        program, *words = call
        argv = [program, "-o", "ControlMaster=yes", "-o", f"ControlPath={self._socket}", *words, _ON_THE_BOX]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "sh", str(self._directory), *(argv if self._is_up is None else ["true"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )

    @property
    def words(self) -> list[str]:
        """The options that lead an `ssh` over it, before all others; none where it did not get through in time."""
        if self._is_up is None:
            self._is_up = self._gets_through()
        return ["-o", f"ControlPath={self._socket}"] if self._is_up and self._process.poll() is None else []

    @property
    def last_words(self) -> str:
        """What it said on standard error; undecodable bytes as surrogates."""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), size, 0).decode("utf-8", "surrogateescape").strip()

    def close(self) -> None:
        """End it, and with it what still goes over it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._errors.close()

    def _gets_through(self) -> bool:
        """Wait until the box has said something: then everything up to its shell works."""
        if self._process.stdout is None:
            return False
        ready, _, _ = select.select([self._process.stdout], [], [], self._timeout_s)
        return bool(ready) and bool(os.read(self._process.stdout.fileno(), 1))
