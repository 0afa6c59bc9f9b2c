"""The way to an SFTP server through an `ssh`: its ciphers and windows carry more than Python's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import tempfile
from typing import TYPE_CHECKING

from ssh_transport.errors import symptoms

from .leash import Leashed
from .sftp_beginning import Beginning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .target import Target

_BUFFER_BYTES = 1 << 20
_GRACE_S = 1
_TOLD_BYTES = 1 << 12


class SshPipe:
    """See `Pipe`."""

    def __init__(self, target: Target, argv: Sequence[str], env: Mapping[str, str], *, silence_s: float) -> None:
        self._target = target
        self._silence_s = silence_s
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the pipe
        try:
            self._ssh = Leashed(argv, env=env, stderr=self._said, bufsize=_BUFFER_BYTES)
        except BaseException:
            self._said.close()
            raise
        self._in, self._out = self._ssh.stdin, self._ssh.stdout
        self._beginning = Beginning(self._out.fileno())
        os.set_blocking(self._in.fileno(), False)
        for pipe in (self._in, self._out):
            # The usual 64 KiB cost as much time as the encryption does.
            with contextlib.suppress(AttributeError, OSError):
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _BUFFER_BYTES)

    def send(self, data: bytes) -> None:
        """See `Pipe`."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._in.fileno(), view) :]
            except BlockingIOError:
                # A server that is there may still take nothing; then nobody may be left that waits for an answer.
                if not select.select([], [self._in], [], self._silence_s)[1]:
                    raise TimeoutError(f"nothing was taken for {self._silence_s:.0f} s") from None

    def receive(self, count: int) -> bytes:
        """See `Pipe`."""
        said = self._beginning.take(count)
        return said + self._out.read(count - len(said)) if len(said) < count else said

    def close(self) -> None:
        """See `Pipe`."""
        self._ssh.end()
        with contextlib.suppress(OSError, ValueError):
            self._in.close()

    def why(self) -> Exception:
        """See `Pipe`."""
        self._ssh.wait(_GRACE_S)
        said = ""
        # Once it is released, somebody has been told already.
        with contextlib.suppress(ValueError):
            self._said.seek(0)
            said = self._said.read(_TOLD_BYTES).decode("utf-8", "surrogateescape").strip()
        box = self._target.name
        if "subsystem request failed" in said:
            return self._target.without_sftp(said)
        if (found := symptoms.meaning(said)) and found.symptom.keeps_out:
            return found.error(box)
        return ConnectionResetError(said or "the connection closed")

    def release(self) -> None:
        """See `Pipe`."""
        for stream in (self._out, self._said):
            stream.close()
