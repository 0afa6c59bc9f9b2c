"""A session over a login that is there, by OpenSSH's own protocol (PROTOCOL.mux), however the answers come."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box.carrier.over_socket import OverSocket

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG_S = 30
HELLO = struct.pack(">2I", 1, 4)
OPENED = struct.pack(">3I", 0x80000006, 1, 7)
REFUSED = struct.pack(">3I", 0x80000003, 1, 28) + b"Session open refused by peer"


def ended(code: int) -> bytes:
    return struct.pack(">3I", 0x80000004, 7, code)


def message(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


class Holder:
    """Who holds the login: it takes what is asked, and says what it is told to say, in pieces."""

    def __init__(self, directory: Path, says: Sequence[bytes]) -> None:
        self.path = str(directory / "s")
        self.asked = b""
        self.streams: list[int] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, args=(says,))
        self._thread.start()

    def _serve(self, says: Sequence[bytes]) -> None:
        with self._listener, self._listener.accept()[0] as asker:
            while len(self.streams) < 3:
                data, streams, _, _ = socket.recv_fds(asker, 1 << 12, 3)
                self.asked += data
                self.streams += streams
            # Who asked may have gone.
            with contextlib.suppress(OSError):
                for piece in says:
                    asker.sendall(piece)
            for stream in self.streams:
                os.close(stream)

    def join(self) -> None:
        self._thread.join(LONG_S)


def session(path: str, line: str = "true", **env: str) -> OverSocket:
    with Path(os.devnull).open("rb") as nothing:
        return OverSocket(path, line, env, stdin=nothing.fileno())


@given(code=st.integers(0, 255), cut=st.sets(st.integers(1, 50)))
def test_an_exit_code_is_heard_however_it_comes(code: int, cut: set[int]) -> None:
    said = message(HELLO) + message(OPENED) + message(ended(code))
    ends = sorted({at for at in cut if at < len(said)} | {len(said)})
    pieces = [said[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        holder = Holder(Path(name), pieces)
        one = session(holder.path)

        assert one.opens_within(LONG_S)
        assert one.wait(LONG_S) == code
        holder.join()
        one.close()


def test_what_is_asked_is_a_session_without_a_terminal(tmp_path: Path) -> None:
    holder = Holder(tmp_path, [message(HELLO), message(REFUSED)])
    one = session(holder.path, "echo hi", LANG="C")
    one.wait(LONG_S)
    holder.join()
    one.close()

    flags = struct.pack(">5I", 0, 0, 0, 0, 0xFFFFFFFF)
    words = message(b"") + message(b"echo hi") + message(b"LANG=C")
    asked = message(HELLO) + message(struct.pack(">2I", 0x10000002, 1) + message(b"") + flags + words)
    assert holder.asked == asked + b"\0\0\0"


def test_a_session_that_is_refused_has_ended_and_says_why(tmp_path: Path) -> None:
    holder = Holder(tmp_path, [message(HELLO), message(REFUSED)])
    one = session(holder.path)

    assert not one.opens_within(LONG_S)
    assert (one.poll(), one.why) == (255, "session request failed: Session open refused by peer")
    assert os.read(one.stdout, 1) == b""
    holder.join()
    one.close()


def test_a_login_that_breaks_ends_its_sessions_with_what_ssh_would_say(tmp_path: Path) -> None:
    holder = Holder(tmp_path, [message(HELLO), message(OPENED), message(ended(0))[:9]])
    one = session(holder.path)

    assert one.wait(LONG_S) == 255
    holder.join()
    one.close()


def test_where_no_login_is_any_more_it_has_ended_at_once(tmp_path: Path) -> None:
    one = session(str(tmp_path / "gone"))

    assert (one.poll(), one.why) == (255, "")
    assert os.read(one.stdout, 1) == b""
    one.close()
    with Path(os.devnull).open("rb") as another:
        one.close()
        # Its number may be one of those that were closed.
        assert another.read() == b""


def test_what_is_ended_by_us_keeps_nobody_who_waits(tmp_path: Path) -> None:
    holder = Holder(tmp_path, [message(HELLO), message(OPENED)])
    one = session(holder.path)
    one.kill()

    assert one.poll() == 255
    holder.join()
    one.close()
