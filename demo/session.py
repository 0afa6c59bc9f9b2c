"""What the embedded box runs in a session: a program of the machine, on pipes or at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any, cast

from .background import readable, writable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import asyncssh

    Server = asyncssh.SSHServerProcess[bytes]

CHUNK_BYTES = 256 << 10
# asyncssh ends a whole login for an error in one of its sessions, as that the client has closed it meanwhile.
_IF_OPEN = contextlib.suppress(OSError)


async def attend(session: Server, child: subprocess.Popen[bytes]) -> None:
    """Copy bytes between `session` and `child` until the child ends or the client is gone."""
    stdin, stdout, stderr = cast("tuple[IO[bytes], ...]", (child.stdin, child.stdout, child.stderr))
    exited = _exit_status(child)
    feed = asyncio.create_task(_feed(session.stdin, stdin))
    output = asyncio.create_task(_drain(stdout, session.stdout))
    errors = asyncio.create_task(_drain(stderr, session.stderr))
    ended = asyncio.gather(output, errors, exited)
    hung_up = asyncio.create_task(session.channel.wait_closed())
    tasks: tuple[asyncio.Future[Any], ...] = (feed, output, errors, ended, hung_up)
    try:
        await asyncio.wait((ended, hung_up), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # Wait until each has removed its descriptor from the event loop, before the number can be reused.
        await asyncio.gather(*tasks, return_exceptions=True)
        for pipe in (stdin, stdout, stderr):
            pipe.close()
    if not ended.cancelled() and not ended.exception():
        _tell_end(session, exited.result())


async def attend_terminal(session: Server, shell: Sequence[str], home: Path, environment: Mapping[str, str]) -> None:
    """Run a shell at a terminal of its own, which hangs up when the client is gone."""
    master, slave = os.openpty()
    # What a leader of a session opens first becomes its terminal.
    at = ["/bin/sh", "-c", 'at=$1; shift; exec "$@" <"$at" >"$at" 2>&1', "sh", os.ttyname(slave), *shell]
    env = {**environment, "TERM": session.term_type or "dumb"}
    child = subprocess.Popen(at, cwd=home, env=env, start_new_session=True)  # noqa: ASYNC220 - takes a millisecond
    exited = _exit_status(child)
    with os.fdopen(master, "rb", 0) as screen, os.fdopen(os.dup(master), "wb", 0) as keyboard:
        feed = asyncio.create_task(_feed(session.stdin, keyboard))
        output = asyncio.create_task(_drain(screen, session.stdout))
        hung_up = asyncio.create_task(session.channel.wait_closed())
        try:
            await asyncio.wait((exited, hung_up), return_when=asyncio.FIRST_COMPLETED)
            if not hung_up.done():
                # Without another end it reads to its own: EIO, once nobody has the terminal open.
                os.close(slave)
                slave = -1
                await asyncio.wait((output, hung_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feed, output, hung_up):
                task.cancel()
            await asyncio.gather(feed, output, hung_up, return_exceptions=True)
            if slave >= 0:
                os.close(slave)
    if exited.done():
        _tell_end(session, exited.result())


def refuse(channel: asyncssh.SSHServerChannel[bytes], why: bytes) -> None:
    """Say why there is no session, to a client that may have closed it already."""
    with _IF_OPEN:
        channel.write(why)
        channel.exit(1)


def _tell_end(session: Server, status: int) -> None:
    with _IF_OPEN:
        if status < 0:
            session.channel.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            session.exit(status)


def _exit_status(child: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """Wait for `child` in a thread, even after the box has stopped; the future gets its exit status."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[int] = loop.create_future()

    def set_status(status: int) -> None:
        if not exited.done():
            exited.set_result(status)

    def reap() -> None:
        status = child.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(set_status, status)

    threading.Thread(target=reap, name=f"reaper of {child.pid}", daemon=True).start()
    return exited


async def _feed(source: asyncssh.SSHReader[bytes], sink: IO[bytes]) -> None:
    """Write what the client sends to `sink`, and close it at end of file or when the client is gone."""
    os.set_blocking(sink.fileno(), False)
    with contextlib.suppress(BrokenPipeError), sink:
        while data := memoryview(await source.read(CHUNK_BYTES)):
            while data:
                try:
                    data = data[os.write(sink.fileno(), data) :]
                except BlockingIOError:
                    await writable(sink.fileno())


async def _drain(source: IO[bytes], sink: asyncssh.SSHWriter[bytes]) -> None:
    """Send the child's output until it closes the pipe."""
    os.set_blocking(source.fileno(), False)
    while True:
        try:
            data = os.read(source.fileno(), CHUNK_BYTES)
        except BlockingIOError:
            await readable(source.fileno())
            continue
        except OSError as exc:
            # What a terminal that nobody has open any more ends with.
            if exc.errno != errno.EIO:
                raise
            return
        if not data:
            return
        sink.write(data)
        await sink.drain()
        await asyncio.sleep(0)  # without data to wait for, let other tasks run
