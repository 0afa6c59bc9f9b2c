"""The carrier for machines without `ssh`: Paramiko, through Fabric."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.openssh import host_keys

from . import paramiko_login
from .carrier import LOST, HostKey
from .channel import open_channel
from .paramiko_pipe import ChannelPipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

    import fabric

    from .carrier import Login, Pipe, Session
    from .fed import Fed
    from .leash import AnotherLogin
    from .program import Program
    from .target import Target

_CHUNK_BYTES = _STDERR_BYTES = 1 << 16
_READS_AT_ONCE = 64
_ANSWER_S = 5
# Standard error is emptied this often; a box that fills its buffer would wait for ever.
_TICK_S = 0.1
_LAST_S = 30

shown_host_key = paramiko_login.shown_host_key


def connect(target: Target, login: Login) -> OverParamiko:
    """See `open_carrier`."""
    connection = paramiko_login.connect(target, login)
    try:
        return OverParamiko(target, connection)
    except BaseException:
        connection.client.close()
        raise


class OverParamiko:
    """See `Carrier`."""

    program: Sequence[str] = ()
    alone: Sequence[str] = ()
    over: Sequence[str] = ()
    call: Sequence[str] = ()
    environment: Mapping[str, str] = {}
    last_words = ""
    has_shell = False

    def __init__(self, target: Target, connection: fabric.Connection) -> None:
        self._target = target
        self.connection = connection
        key = connection.transport.get_remote_server_key()
        self.host_key = HostKey(key.get_name(), host_keys.fingerprint(key))
        handler = connection.transport.auth_handler
        used = handler.private_key if handler and handler.auth_method == "publickey" else None
        self.key_used = host_keys.fingerprint(used) if used else ""
        self.round_trip_s = self._round_trip_s()
        self.login_s = math.inf

    @property
    def is_alive(self) -> bool:
        """See `Carrier`."""
        return bool(self.connection.is_connected)

    def run(self, line: str, *, again: bool = False) -> Session:  # noqa: ARG002 - of `Carrier`
        """See `Carrier`."""
        channel = open_channel(self.connection)
        try:
            channel.exec_command(line)
            return _ChannelSession(channel)
        except BaseException:
            channel.close()
            raise

    def waiting(self, line: str) -> Fed | None:  # noqa: ARG002 - of `Carrier`
        """See `Carrier`."""
        return None

    def over_login(self, line: str, *, stdin: int) -> Program:
        """See `Carrier`."""
        raise AssertionError(f"no `ssh` goes over it: {line}, {stdin}")

    def by_ssh(self, line: str, *, stdin: int) -> Program:
        """See `Carrier`."""
        return self.over_login(line, stdin=stdin)

    def sftp(self, silence_s: float) -> Pipe:
        """See `Carrier`."""
        try:
            channel = open_channel(self.connection)
            try:
                channel.invoke_subsystem("sftp")
            except BaseException:
                channel.close()
                raise
        except (paramiko.SSHException, EOFError, OSError) as exc:
            if not self.answers():
                raise
            # The link lives: it is the subsystem that was refused.
            raise self._target.without_sftp(str(exc)) from exc
        return ChannelPipe(channel, silence_s=silence_s)

    def grants_terminal(self) -> bool:
        """See `Carrier`."""
        with open_channel(self.connection) as channel:
            try:
                channel.get_pty()
            except paramiko.SSHException:
                return False
        return True

    def has_shell_at_terminal(self) -> bool:
        """Whether a shell is at a terminal of the box: it says in one word what was typed as two."""
        first, second = (os.urandom(8).hex() for _ in range(2))
        said, until_s = b"", time.monotonic() + _ANSWER_S
        with contextlib.suppress(paramiko.SSHException, OSError), open_channel(self.connection) as channel:
            channel.settimeout(_ANSWER_S)
            channel.get_pty()
            channel.invoke_shell()
            channel.sendall(f" printf %s%s {first} {second}\n".encode())
            while (chunk := channel.recv(_CHUNK_BYTES)) and time.monotonic() < until_s:
                said += chunk
                if f"{first}{second}".encode() in said:
                    return True
        return False

    def takes_others(self) -> list[AnotherLogin]:
        """See `Carrier`; none can."""
        return []

    @property
    def group(self) -> int:
        """See `Carrier`."""
        return os.getpgrp()

    def answers(self) -> bool:
        """See `Carrier`."""
        return self._round_trip_s() < math.inf

    def close(self) -> None:
        """See `Carrier`."""
        try:
            self.connection.close()
        except (EOFError, OSError, paramiko.SSHException):
            # On a broken link Fabric can't close its channels; this ends Paramiko's thread.
            self.connection.client.close()

    def _round_trip_s(self) -> float:
        trips: list[float] = []
        transport = self.connection.transport

        def measure() -> None:
            # A transport that dies raises, or returns at once without an answer.
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                start = time.monotonic()
                # Paramiko waits for the answer without a timeout.
                if transport.is_active():
                    transport.global_request("keepalive@openssh.com", wait=True)
                if transport.is_active():
                    trips.append(time.monotonic() - start)

        asking = threading.Thread(target=measure, daemon=True)
        asking.start()
        asking.join(_ANSWER_S)
        return min(trips, default=math.inf)


class _ChannelSession:
    """See `Session`."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._stderr = bytearray()

    def feed(self, data: bytes, *, last: bool) -> None:
        """See `Session`."""
        threading.Thread(target=self._send, args=(data,), kwargs={"last": last}, daemon=True).start()

    def outlives(self, token: str) -> bool:  # noqa: ARG002 - of `Session`
        """See `Session`."""
        return False

    def pieces(self, every_s: float | None) -> Iterator[bytes]:
        """See `Session`."""
        quiet_since_s = time.monotonic()
        while True:
            try:
                chunk = self._channel.recv(_CHUNK_BYTES)
            except TimeoutError:
                chunk = None
            self._empty_stderr()
            if chunk == b"":
                return
            if chunk:
                yield chunk
            elif every_s is None or time.monotonic() - quiet_since_s < every_s:
                continue
            else:
                yield b""
            quiet_since_s = time.monotonic()

    def wait(self) -> int:
        """See `Session`."""
        self._channel.status_event.wait(_LAST_S)
        self._empty_stderr()
        code = self._channel.exit_status
        return LOST if code < 0 else code

    @property
    def stderr(self) -> str:
        """See `Session`."""
        return self._stderr.decode("utf-8", "surrogateescape").strip()

    def __enter__(self) -> Self:
        self._channel.settimeout(_TICK_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def _send(self, data: bytes, *, last: bool) -> None:
        # A command may end before it has read all; its exit code tells why.
        view = memoryview(data)
        while view:
            try:
                view = view[self._channel.send(bytes(view[:_CHUNK_BYTES])) :]
            except TimeoutError:
                continue
            except OSError:
                return
        if last:
            with contextlib.suppress(OSError, EOFError):
                self._channel.shutdown_write()

    def _empty_stderr(self) -> None:
        # Some at a time: a box that never stops must not keep us from all else.
        for _ in range(_READS_AT_ONCE):
            if not self._channel.recv_stderr_ready():
                return
            self._stderr += self._channel.recv_stderr(_CHUNK_BYTES)
            del self._stderr[:-_STDERR_BYTES]
