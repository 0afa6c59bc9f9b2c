"""
Logins made beside the Fabric connection, so that the `ssh` of a copy need not log in.

Either `ssh` goes over the first one (ssh_config(5), ControlMaster), or they are lent to the striped link as they are.
They are an offer: where one did not get through, or ended, `ssh` logs in by itself.
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
    from collections.abc import Iterator, Sequence

# It ends with its standard input, which closes when we end, however we end. A signal that ends us all must not keep the
# shell from taking the directory away.
_KEEPER = 'directory=$1; shift; trap : HUP INT TERM; "$@"; rmdir "$directory"'
# Says that it is there, in any shell, and does what it is told then.
_ON_THE_BOX = "exec sh -c 'echo; IFS= read -r line && eval \"$line\"'"
_LONGEST_PATH_BYTES = 80  # of the 104 of a socket's address `ssh` adds 17 while it makes one
_END_S = 5


class SharedLogins:
    """
    One `ssh` that holds a connection, and more of them on request.

    :param call: the words of an `ssh` to the box, up to the name of the box and that one too.
    """

    def __init__(self, call: Sequence[str], timeout_s: float) -> None:
        self._argv = [*call, _ON_THE_BOX]
        self._timeout_s = timeout_s
        self._shared = _SharedLogin(self._argv)
        self._logins: list[_Login] = [self._shared]
        self._lent: list[_Login] = []

    def begin(self, count: int) -> None:
        """Start until there are so many; wait for none."""
        self._logins += [_Login(self._argv) for _ in range(count - len(self._logins))]

    def socket(self) -> str:
        """Return what the first is shared by, for ``ControlPath``; empty where it did not get through, or was lent."""
        is_there = self._shared in self._logins and self._shared.gets_through(self._timeout_s)
        return self._shared.socket if is_there else ""

    @contextlib.contextmanager
    def lent(self) -> Iterator[list[tuple[int, int, int]]]:
        """
        Yield standard output, standard input and process group of each, for a process that is started in the ``with``.

        On the box a shell waits for a line to run, or will once the login is through. Here they are closed afterwards.
        """
        yield [login.streams for login in self._logins]
        for login in self._logins:
            login.let_go()
        self._lent, self._logins = [*self._lent, *self._logins], []

    @property
    def last_words(self) -> str:
        """What they said on standard error; undecodable bytes as surrogates."""
        return "\n".join(dict.fromkeys(filter(None, (login.last_words for login in (*self._lent, *self._logins)))))

    def close(self) -> None:
        """End them, and with them what still goes over them."""
        for login in (*self._lent, *self._logins):
            login.close()


class _Login:
    def __init__(self, argv: Sequence[str]) -> None:
        self._is_up: bool | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True
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
        return bool(self._is_up) and self._process.poll() is None

    @property
    def streams(self) -> tuple[int, int, int]:
        """Standard output, standard input, process group."""
        if self._process.stdout is None or self._process.stdin is None:
            raise AssertionError("both are pipes")
        return self._process.stdout.fileno(), self._process.stdin.fileno(), self._process.pid

    def let_go(self) -> None:
        """Close its streams here: somebody else has them."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def close(self) -> None:
        self.let_go()
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._errors.close()


class _SharedLogin(_Login):
    """
    One that others can go over.

    :ivar socket: by which they do; empty where its name would be too long.
    """

    def __init__(self, call: Sequence[str]) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="ssh-transport-"))
        path = str(self._directory / "s")
        self.socket = path if len(os.fsencode(path)) < _LONGEST_PATH_BYTES else ""
        program, *words = call
        master = ["-o", "ControlMaster=yes", "-o", f"ControlPath={path}"] if self.socket else []
        super().__init__(["/bin/sh", "-c", _KEEPER, "sh", str(self._directory), program, *master, *words])

    def close(self) -> None:
        super().close()
        shutil.rmtree(self._directory, ignore_errors=True)
