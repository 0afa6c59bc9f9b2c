"""The door for bytes: a script on a box that reads and writes what is no text, without a terminal in between."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from uuid import uuid4

from . import symptoms
from .boundary import translated
from .errors import CommandFailed, EndpointTooWeak, Incomplete, LinkLost

if TYPE_CHECKING:
    import paramiko

    from .box import Box

_CHUNK_BYTES = 1 << 16
_TALK_BYTES = 1 << 16


def run(  # noqa: PLR0913 - what goes in, what may come out, how long
    box: Box, script: str, *words: str, data: bytes = b"", limit_bytes: int, silence_s: float, timeout_s: float
) -> bytes:
    """
    Run a POSIX `sh` script on the box with `data` as its whole standard input, and return what it wrote.

    As in `shell.run`, `words` are its ``$1``, ``$2``, and what login scripts print is left out.

    :param limit_bytes: the most that the script has reason to write; a box that sends more is cut off.
    :raises BoxError: the script ended with a failure; the class tells why where stderr does.
    :raises LinkLost: the box fell silent, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    marker = uuid4().hex
    framed = f"printf %s%s {marker[:16]} {marker[16:]}\n{script}"
    with translated(box.name), box.within(timeout_s), box.connection.transport.open_session() as channel:
        channel.settimeout(silence_s)
        try:
            channel.exec_command(shlex.join(["sh", "-c", framed, "sh", *words]))
            _send(channel, data)
            said = _read(box, channel, limit_bytes + _TALK_BYTES)
            stderr = channel.recv_stderr(_TALK_BYTES).decode("utf-8", "replace")
            code = channel.recv_exit_status()
        except TimeoutError as exc:
            raise LinkLost(f"`{box.name}` fell silent", box=box.name, hint="run it again") from exc
    if code < 0:
        raise LinkLost(f"the connection to `{box.name}` broke", box=box.name, hint="run it again")
    noise, found, output = said.partition(marker.encode())
    if not found:
        cause = (noise.decode("utf-8", "replace") + stderr).strip()
        raise EndpointTooWeak(f"`{box.name}` runs no commands", box=box.name, cause=cause)
    if code:
        error = symptoms.error_of(stderr) or CommandFailed
        raise error(f"a command failed with exit code {code}", box=box.name, cause=stderr)
    if len(output) > limit_bytes:
        raise _too_much(box)
    return output


def _send(channel: paramiko.Channel, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[channel.send(bytes(view[:_CHUNK_BYTES])) :]
        channel.shutdown_write()
    except TimeoutError:
        raise
    except OSError:
        # The script ended early; what it said tells why.
        return


def _read(box: Box, channel: paramiko.Channel, limit_bytes: int) -> bytes:
    said = bytearray()
    while piece := channel.recv(_CHUNK_BYTES):
        said += piece
        if len(said) > limit_bytes:
            raise _too_much(box)
    return bytes(said)


def _too_much(box: Box) -> Incomplete:
    return Incomplete(f"`{box.name}` sends more than it said", box=box.name, hint="is the file still being written?")
