"""What runs for us, and how it is ended: a program of this machine, or anything that stands for one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What the kernel does not let go of is nobody's to wait for.
_GRACE_S = 0.7


class Program(Protocol):
    """
    Something with two streams and an end.

    :ivar stdout: the descriptor of what it says; `close` closes it.
    :ivar stderr: that of what it complains of.
    :ivar why: what kept it from beginning, where it could not say so itself.
    """

    stdout: int
    stderr: int
    why: str

    def poll(self) -> int | None:
        """Return the exit code, `None` as long as it goes on."""

    def wait(self, timeout_s: float) -> int | None:
        """Wait so long for its end; return as `poll` does."""

    def terminate(self) -> None:
        """Ask it to end, unless it has."""

    def kill(self) -> None:
        """End it, and what it left behind. Safe to repeat: nobody else who has its number later is ended."""

    def close(self) -> None:
        """Close the streams. Safe to repeat."""


class Start(Protocol):
    """Starts a program."""

    def __call__(self, *, stdin: int) -> Program:
        """:param stdin: a descriptor, which stays the caller's."""


class Spawned:
    """
    A program of this machine, with its whole process group; in a session of its own, so that Ctrl-C reaches only us.

    :param stdin: a file descriptor of the caller's.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        *,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._process = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        if self._process.stdout is None or self._process.stderr is None:
            raise AssertionError("pipes were asked for")
        self.stdout, self.stderr = self._process.stdout.fileno(), self._process.stderr.fileno()
        self.why = ""
        self._is_group_ended = False

    def poll(self) -> int | None:
        """See `Program`."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """See `Program`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        return self._process.returncode

    def terminate(self) -> None:
        """See `Program`."""
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """See `Program`."""
        if not self._is_group_ended:
            self._is_group_ended = True
            self._signal(signal.SIGKILL)
            self.wait(_GRACE_S)

    def close(self) -> None:
        """See `Program`."""
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def _signal(self, number: int) -> None:
        # Elsewhere than on Linux, a group of zombies is nobody's to signal.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
