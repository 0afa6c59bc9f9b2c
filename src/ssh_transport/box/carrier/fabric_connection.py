"""A Fabric connection whose commands and files go over `ssh`."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from typing import IO, TYPE_CHECKING, Any, Protocol

import fabric
import paramiko

from ssh_transport.errors import LinkLost

from .sftp_beginning import Beginning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .target import Target


class Way(Protocol):
    """What it needs of its carrier: how `ssh` goes over it, whether it stands, and its end."""

    environment: Mapping[str, str]

    @property
    def is_alive(self) -> bool: ...

    def command_call(self, line: str, *flags: str) -> Sequence[str]: ...

    def close(self) -> None: ...


class ConnectionOverSsh(fabric.Connection):
    """
    Fabric's own runner, `put` and `get` work on it; it is open as long as its carrier stands.

    :param carrier: ends with it.
    """

    def __init__(self, target: Target, carrier: Way) -> None:
        # The alias is already resolved: Fabric must not resolve it again with Paramiko's weaker parser.
        config = fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig())
        resolved = target.resolved
        super().__init__(resolved.host, user=resolved.user, port=resolved.port, config=config)
        self._set(_carrier=carrier, _name=target.name, _files=contextlib.ExitStack())

    @property
    def is_connected(self) -> bool:
        """Whether the carrier stands."""
        return bool(self._carrier.is_alive)

    def open(self) -> None:
        """
        Do nothing.

        :raises LinkLost: the carrier has ended.
        """
        if not self.is_connected:
            raise LinkLost(f"the connection to `{self._name}` broke", box=self._name)

    def close(self) -> None:
        """End the carrier."""
        self._carrier.close()

    def close_files(self) -> None:
        """End the SFTP client."""
        self._files.close()
        self._set(_sftp=None)

    def create_session(self) -> Any:
        """Return what Fabric's runner takes for a channel of Paramiko's."""
        self.open()
        return _Channel(self._carrier)

    def sftp(self) -> Any:
        """Return Paramiko's SFTP client, over the subsystem."""
        self.open()
        if self._sftp is None:
            ours, theirs = socket.socketpair()
            with theirs:
                argv: Sequence[str] = self._carrier.command_call("sftp", "-s")
                env: Mapping[str, str] = self._carrier.environment
                program = subprocess.Popen(
                    argv,
                    env=env,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._files.callback(_end, program)
            self._files.callback(ours.close)
            channel: Any = _Socket(ours)
            self._set(_sftp=paramiko.SFTPClient(channel))
        return self._sftp


class _Socket:
    """What Paramiko's SFTP client asks of a channel."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._beginning = Beginning(sock.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def get_name(self) -> str:
        return "sftp"

    def recv(self, count: int) -> bytes:
        return self._beginning.take(count) or self._sock.recv(count)


class _Channel:
    """What Fabric's runner asks of a channel: one command."""

    def __init__(self, carrier: Way) -> None:
        self._carrier = carrier
        self._terminal: list[str] = []
        self._program: subprocess.Popen[bytes] | None = None

    def get_pty(self, **_: Any) -> None:
        self._terminal = ["-tt"]

    def set_combine_stderr(self, combine: bool) -> None:
        """Do nothing: with a terminal there is but one stream."""

    def update_environment(self, environment: dict[str, str]) -> None:
        if environment:
            raise ValueError("the environment goes with the command: inline_ssh_env")

    def exec_command(self, command: str) -> None:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        argv = self._carrier.command_call(command, *self._terminal)
        self._program = subprocess.Popen(
            argv, env=self._carrier.environment, bufsize=0, start_new_session=True, **pipes
        )

    def recv(self, count: int) -> bytes:
        return _read(self._running.stdout, count)

    def recv_stderr(self, count: int) -> bytes:
        return _read(self._running.stderr, count)

    def sendall(self, data: bytes) -> None:
        if self._running.stdin:
            self._running.stdin.write(data)

    def shutdown_write(self) -> None:
        if self._running.stdin:
            self._running.stdin.close()

    def exit_status_ready(self) -> bool:
        return self._running.poll() is not None

    def recv_exit_status(self) -> int:
        return self._running.wait()

    def close(self) -> None:
        if self._program:
            _end(self._program)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._program is None:
            raise AssertionError("no command was started")
        return self._program


def _read(stream: IO[bytes] | None, count: int) -> bytes:
    return os.read(stream.fileno(), count) if stream else b""


def _end(program: subprocess.Popen[bytes]) -> None:
    program.kill()
    program.wait()
    for stream in (program.stdin, program.stdout, program.stderr):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()
