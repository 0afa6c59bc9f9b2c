"""The remote shell that rsync is given, one connection or several: started with rsync, counted, ended with us."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import stripe

from . import link
from .process import Process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssh_transport.settings import TransferSettings

    from .engine import Progress
    from .streams import Streams

_STATUS_BYTES = 1 << 16


class RemoteShell:
    """
    What stands between rsync and `ssh` in every call of a copy.

    :param python: the box's, for more than one connection.
    """

    def __init__(self, streams: Streams, python: str, settings: TransferSettings) -> None:
        self._streams = streams
        self._settings = settings
        self._python = python
        self._before_bytes = 0
        self._counts: int | None = None
        self._status: int | None = None
        self._last = (0, 0)
        self._heard = b""
        self._heals_before = 0
        self.lanes: list[dict[str, Any]] = []
        self.heals = 0

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, both directions, all calls."""
        return self._before_bytes + sum(self.sent_and_received)

    @property
    def sent_and_received(self) -> tuple[int, int]:
        """What crossed it in the call that is running, or ran last."""
        if self._counts is None:
            return self._last
        data = os.pread(self._counts, 16, 0)
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")

    @contextlib.contextmanager
    def running(
        self,
        argv: Sequence[str],
        ssh: Sequence[str],
        shared: Sequence[str],
        operands: Sequence[str],
        *,
        one: bool,
    ) -> Iterator[Process]:
        """
        Run rsync, which ends when we end, however we end.

        :param shared: the sockets of logins that as many `ssh` may go over.
        :param one: whether one connection will do: for what is short.
        """
        several = self._streams.most > 1 and not one
        with self._ready(ssh, shared, several=several) as (program, env, fds):
            rsh = " ".join(f'"{word}"' for word in program)
            with Process([*argv, f"--rsh={rsh}", *operands], env, fds) as process:
                yield process

    @contextlib.contextmanager
    def commanding(self, ssh: Sequence[str], host: str, line: str) -> Iterator[Process]:
        """Run a command line on the box over connections that heal, even if it is one; it ends when we end."""
        with (
            self._ready(ssh, (), several=True) as (program, env, fds),
            Process([*program, host, line], env, fds) as process,
        ):
            yield process

    @contextlib.contextmanager
    def _ready(
        self, ssh: Sequence[str], shared: Sequence[str], *, several: bool
    ) -> Iterator[tuple[Sequence[str], Mapping[str, str], Sequence[int]]]:
        """Yield the program that is the remote shell, and the environment and descriptors that it needs."""
        self._before_bytes, self._last = self.wire_bytes, (0, 0)
        with contextlib.ExitStack() as stack:
            counts = stack.enter_context(tempfile.TemporaryFile()).fileno()
            ours, _ = _pipe(stack)
            said, tells = _pipe(stack)
            os.set_blocking(said, False)
            os.set_blocking(tells, False)
            without_login = [(path, [*ssh[:1], "-o", f"ControlPath={path}", *ssh[1:]]) for path in shared]
            order: dict[str, Any] = {"ssh": list(ssh), "counts": counts, "lifeline": ours}
            if several:
                order |= {"first": without_login, "status": tells, "python": self._python}
                order |= {"streams": self._streams.first, "most": self._streams.most}
                order |= {"limit_bytes": self._settings.streams_limit_bytes, "grace_s": self._settings.streams_grace_s}
            elif without_login:
                _, order["ssh"] = without_login[0]
            program = str(Path(stripe.__file__).parent) if several else link.__file__
            self._counts, self._status = counts, said
            try:
                yield (sys.executable, "-I", "-S", program), _environment(order), (ours, counts, tells)
            finally:
                self._last, self._counts, self._status = self.sent_and_received, None, None
                self._heals_before, self.lanes = self.heals, self.lanes

    def show(self, progress: Progress) -> None:
        """Bring what is known of the connections up to date."""
        self._hear()
        progress.wire_bytes = self.wire_bytes
        progress.streams, progress.heals = max(1, len(self.lanes)), self.heals

    def _hear(self) -> None:
        """Read the last whole line that the striped link wrote."""
        if self._status is None:
            return
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._status, _STATUS_BYTES):
                self._heard += data
        *lines, self._heard = self._heard.split(b"\n")
        if lines:
            said = json.loads(lines[-1])
            self.lanes, self.heals = said["lanes"], self._heals_before + said["heals"]


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        stack.callback(os.close, end)
    return ends


def _environment(order: Mapping[str, Any]) -> Mapping[str, str]:
    """Return our environment without rsync's own variables, and with messages in the C library's own words."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RSYNC_")}
    return {**kept, "LC_ALL": "C", "SSH_TRANSPORT_LINK": json.dumps(order)}
