"""
Logins made beside the Fabric connection, so that the `ssh` of a copy need not log in: ssh_config(5), ControlMaster.

They are an offer. Where one did not get through, or ended, `ssh` logs in by itself.
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


class SharedLogins:
    """
    One `ssh` that holds a connection, and more of them on request.

    :param call: the words of an `ssh` to the box, up to the name of the box and that one too.
    """

    def __init__(self, call: Sequence[str], timeout_s: float) -> None:
        self._call = call
        self._timeout_s = timeout_s
        self._logins: list[_Login] = []
        self.begin(1)

    def begin(self, count: int) -> None:
        """Start until there are so many; wait for none."""
        self._logins += [_Login(self._call) for _ in range(count - len(self._logins))]

    def sockets(self, count: int) -> list[str]:
        """
        Return the paths of up to `count`, for ``ControlPath``; none where the first did not get through.

        Only the first is waited for: behind the others there is a connection once the path exists.
        """
        if not self._logins[0].gets_through(self._timeout_s):
            return []
        return [login.socket for login in self._logins[:count] if login.may_get_through]

    @property
    def last_words(self) -> str:
        """What they said on standard error; undecodable bytes as surrogates."""
        return "\n".join(dict.fromkeys(filter(None, (login.last_words for login in self._logins))))

    def close(self) -> None:
        """End them, and with them what still goes over them."""
        for login in self._logins:
            login.close()


class _Login:
    def __init__(self, call: Sequence[str]) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="ssh-transport-"))
        self.socket = str(self._directory / "s")
        self._is_up: bool | None = None if len(os.fsencode(self.socket)) < _LONGEST_PATH_BYTES else False
        program, *words = call
        argv = [program, "-o", "ControlMaster=yes", "-o", f"ControlPath={self.socket}", *words, _ON_THE_BOX]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "sh", str(self._directory), *(argv if self._is_up is None else ["true"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )

    @property
    def last_words(self) -> str:
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), size, 0).decode("utf-8", "surrogateescape").strip()

    def gets_through(self, timeout_s: float) -> bool:
        """Wait until the box has said something: then everything up to its shell works."""
        if self._is_up is None and self._process.stdout:
            ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
            self._is_up = bool(ready) and bool(os.read(self._process.stdout.fileno(), 1))
        return bool(self._is_up) and self.may_get_through

    @property
    def may_get_through(self) -> bool:
        return self._is_up is not False and self._process.poll() is None

    def close(self) -> None:
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
