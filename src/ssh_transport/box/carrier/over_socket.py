"""
A command over a login that an `ssh` holds, asked for at its socket: what another `ssh` would do there, without one.

To start an `ssh` takes ten milliseconds of a processor, more than all else that a short command takes here. What is
said is in PROTOCOL.mux of OpenSSH, version 4, which has been the same since OpenSSH 5.8.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_HELLO, _NEW_SESSION = 0x00000001, 0x10000002
_DENIED, _FAILED, _EXIT, _OPENED = 0x80000002, 0x80000003, 0x80000004, 0x80000006
_VERSION = 4
_REQUEST = 1
_NO_ESCAPES = 0xFFFFFFFF
_LENGTH_BYTES = 4
# As `ssh` does where the login ends before the command.
_LOST = 255
_PIECE_BYTES = 1 << 12
# What is said there is short, unless who holds the login hangs.
_TAKES_S = 10


class OverSocket:
    """
    See `Program`.

    :param path: of the socket.
    :param line: the command line.
    :param env: what of ours goes to the box, as far as the config says so (SendEnv in ssh_config(5)).
    :param stdin: a descriptor of the caller's.
    """

    def __init__(self, path: str, line: str, env: Mapping[str, str], *, stdin: int) -> None:
        self._code: int | None = None
        self._said = bytearray()
        # Who reads and who waits look at the same.
        self._lock = threading.Lock()
        self._exit, self._is_open = _LOST, False
        self.why = ""
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            self.stdout, out = _pipe(ours, theirs)
            self.stderr, err = _pipe(ours, theirs)
            self._socket = ours.enter_context(socket.socket(socket.AF_UNIX))
            self._socket.settimeout(_TAKES_S)
            # Where the socket is gone, the login is.
            with contextlib.suppress(OSError):
                self._socket.connect(path)
                self._ask(line, env, (stdin, out, err))
            self._socket.settimeout(0)
            self._kept = ours.pop_all()

    def _ask(self, line: str, env: Mapping[str, str], streams: tuple[int, int, int]) -> None:
        flags = struct.pack(">5I", 0, 0, 0, 0, _NO_ESCAPES)
        words = [os.fsencode(word) for word in ("", line, *(f"{name}={value}" for name, value in env.items()))]
        asked = _string(b"") + flags + b"".join(map(_string, words))
        self._socket.sendall(_string(struct.pack(">2I", _HELLO, _VERSION)))
        self._socket.sendall(_string(struct.pack(">2I", _NEW_SESSION, _REQUEST) + asked))
        for stream in streams:
            socket.send_fds(self._socket, [b"\0"], [stream])

    def poll(self) -> int | None:
        """See `Program`."""
        with self._lock:
            while self._code is None and self._hears():
                pass
            return self._code

    def wait(self, timeout_s: float) -> int | None:
        """See `Program`."""
        self._wait(timeout_s, lambda: False)
        return self._code

    def opens_within(self, timeout_s: float) -> bool:
        """Wait so long until the box has let it have a session; return whether it has."""
        self._wait(timeout_s, lambda: self._is_open)
        return self._is_open

    def terminate(self) -> None:
        """See `Program`: who holds the login then ends the command's session."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def kill(self) -> None:
        """See `Program`."""
        self.terminate()
        self.poll()

    def close(self) -> None:
        """See `Program`."""
        self._kept.close()

    def _wait(self, timeout_s: float, is_heard: Callable[[], bool]) -> None:
        until_s = time.monotonic() + timeout_s
        while self.poll() is None and not is_heard() and (left_s := until_s - time.monotonic()) > 0:
            asked = select.poll()
            asked.register(self._socket, select.POLLIN)
            asked.poll(1000 * left_s)

    def _hears(self) -> bool:
        """Take in what was said; return whether there may be more."""
        try:
            piece = self._socket.recv(_PIECE_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        self._said += piece
        for kind, told in _messages(self._said):
            if kind == _OPENED:
                self._is_open = True
            elif kind == _EXIT:
                self._exit = int.from_bytes(told[4:8], "big")
            elif kind in {_DENIED, _FAILED}:
                self.why = f"session request failed: {told[8:].decode('utf-8', 'replace')}"
                piece = b""
        if not piece:
            # Only behind the exit code has all been said that the command did.
            self._code = self._exit
        return bool(piece)


def _messages(said: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take whole messages from the beginning of what was said: the kind of each, and what follows."""
    while len(said) >= _LENGTH_BYTES:
        size = int.from_bytes(said[:_LENGTH_BYTES], "big")
        if len(said) < _LENGTH_BYTES + size:
            return
        message = bytes(said[_LENGTH_BYTES : _LENGTH_BYTES + size])
        del said[: _LENGTH_BYTES + size]
        yield int.from_bytes(message[:_LENGTH_BYTES], "big"), message[_LENGTH_BYTES:]


def _pipe(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[int, int]:
    """Return both ends of a pipe, of which we read."""
    reads, writes = os.pipe()
    ours.callback(os.close, reads)
    theirs.callback(os.close, writes)
    return reads, writes


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
