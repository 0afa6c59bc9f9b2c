"""Ways to an SFTP server: a program of OpenSSH's where there is one, else a channel of the Fabric connection."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import tempfile
from typing import TYPE_CHECKING, Protocol

from ssh_transport import symptoms
from ssh_transport.errors import EndpointTooWeak

if TYPE_CHECKING:
    from collections.abc import Sequence

    import paramiko

    from ssh_transport.box import Box

_BUFFER_BYTES = 1 << 20
_GRACE_S = 5
_TOLD_BYTES = 1 << 12


class Pipe(Protocol):
    """A stream of bytes in both directions."""

    def send(self, data: bytes) -> None:
        """Send all of `data`; an `OSError` once the pipe is broken."""

    def receive(self, count: int) -> bytes:
        """Return `count` bytes, fewer only at the end."""

    def close(self) -> None:
        """Break both directions; whoever waits in `receive` gets its end."""

    def why(self) -> Exception:
        """Return what ended the stream."""

    def release(self) -> None:
        """Give back what the stream used; nobody reads any more."""


class SshPipe:
    """`ssh` with the `sftp` subsystem: its own ciphers and windows, which carry more than Python's."""

    def __init__(self, box: Box, argv: Sequence[str]) -> None:
        self._box = box
        # Not a pipe: nobody reads it while it runs.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the pipe
        self._ssh = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            bufsize=_BUFFER_BYTES,
            # Ctrl-C is ours to answer.
            start_new_session=True,
        )
        if self._ssh.stdin is None or self._ssh.stdout is None:
            raise AssertionError("pipes were asked for")
        self._in, self._out = self._ssh.stdin, self._ssh.stdout
        for pipe in (self._in, self._out):
            # The usual 64 KiB cost as much time as the encryption does.
            with contextlib.suppress(AttributeError, OSError):
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _BUFFER_BYTES)

    def send(self, data: bytes) -> None:
        """See `Pipe`."""
        self._in.write(data)
        self._in.flush()

    def receive(self, count: int) -> bytes:
        """See `Pipe`."""
        return self._out.read(count)

    def close(self) -> None:
        """See `Pipe`."""
        self._ssh.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._ssh.wait(_GRACE_S)
        with contextlib.suppress(OSError, ValueError):
            self._in.close()

    def why(self) -> Exception:
        """See `Pipe`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._ssh.wait(_GRACE_S)
        said = ""
        # Once it is released, somebody has been told already.
        with contextlib.suppress(ValueError):
            self._said.seek(0)
            said = self._said.read(_TOLD_BYTES).decode("utf-8", "surrogateescape").strip()
        box = self._box.name
        if error := symptoms.link_error_of(said):
            return error(f"`{box}` was not reached", box=box, cause=said, hint=f"see why: ssh -v {box}")
        if "subsystem request failed" in said:
            return without_sftp(self._box, said)
        return ConnectionResetError(said or "the connection closed")

    def release(self) -> None:
        """See `Pipe`."""
        for stream in (self._out, self._said):
            stream.close()


class ChannelPipe:
    """A channel of the Fabric connection, for where there is no `ssh` or it could not log in."""

    def __init__(self, channel: paramiko.Channel, *, silence_s: float) -> None:
        self._channel = channel
        # Meant for sending: a window that stays full is a dead link. Nobody need answer what was not asked.
        channel.settimeout(silence_s)

    def send(self, data: bytes) -> None:
        """See `Pipe`."""
        self._channel.sendall(data)

    def receive(self, count: int) -> bytes:
        """See `Pipe`."""
        parts = []
        while count:
            try:
                part = self._channel.recv(count)
            except TimeoutError:
                continue
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """See `Pipe`."""
        self._channel.close()

    def why(self) -> Exception:
        """See `Pipe`."""
        return ConnectionResetError("the connection closed")

    def release(self) -> None:
        """See `Pipe`."""


def without_sftp(box: Box, cause: str) -> EndpointTooWeak:
    """Return the error of a box that carries no SFTP."""
    _, reach = box.platform
    hint = reach.better or "copy the direct TCP endpoint from the platform's console"
    return EndpointTooWeak(f"`{box.name}` has no SFTP", box=box.name, cause=cause, hint=hint)
