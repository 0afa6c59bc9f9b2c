"""
The owner at the far end, which the first lane leaves behind: runs the commands, one after another, each in a session of
its own.

It takes up the lanes that helpers bring to its directory. Nothing is installed; the directory goes with it. Runs on a
box's Python 3.8.
"""

from __future__ import annotations

import os
import signal
import socket
import time

from .descriptors import let_go, prepare
from .frame import DATA, EOF, ERROR, EXIT, FAIL, GREETING, LAST, RUN, SHUT, ProtocolError
from .handover import hand_over, taken_over
from .helper import MODE, PLACES, SOCKET, fail, found, remove
from .helper import main as lend
from .lane import Lane
from .pump import READ, Pump
from .wire import Wire

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Any, Dict, Optional

_UNREADY = "unready"
_SOON_S = 0.01
_KILL_AFTER_S = 5
_LOST = 255  # what `ssh` makes of a command that a signal ended


def main(order: Dict[str, Any]) -> None:
    """
    Leave the owner behind, then lend it this session.

    :param order: what a helper is told, and `grace_s`, `stall_s`, `limit_bytes`, which share of that
        (`incoming_share`) is for what comes, and `former`, the `token` and `name` of an owner that this one takes the
        place of, or `None`.
    """
    try:
        _start(order)
    except OSError as exc:
        fail(str(exc))
    if order["former"]:
        _dismiss(**order["former"])
    lend(order)


def _dismiss(token: str, name: str) -> None:
    """Have an owner end, whatever it does: the other side never heard of it, and begins anew."""
    try:
        hand_over(found(name), bytes.fromhex(token))
    except OSError:
        # It never came to be, or has ended.
        pass


def _start(order: Dict[str, Any]) -> None:
    directory = _directory(order["name"])
    listener = socket.socket(socket.AF_UNIX)
    # Who finds it under its name gets through, or the owner is gone.
    unready = os.path.join(directory, _UNREADY)
    listener.bind(unready)
    listener.listen(64)
    os.rename(unready, os.path.join(directory, SOCKET))
    between = os.fork()
    if between:
        listener.close()
        os.waitpid(between, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    code = 1
    try:
        let_go(0, 1, 2)
        # A handler, not SIG_IGN, which the command would inherit.
        signal.signal(signal.SIGHUP, lambda *_: None)
        _Owner(order, bytes.fromhex(order["token"]), listener).run()
        code = 0
    finally:
        remove(directory)
        os._exit(code)


def _directory(name: str) -> str:
    problem: Optional[OSError] = None
    for place in PLACES:
        directory = os.path.join(place, name)
        try:
            os.mkdir(directory, MODE)
        except OSError as exc:
            problem = exc
        else:
            return directory
    raise problem or FileNotFoundError(name)


class _Owner(Pump):
    """Runs a command at a time and has the other end of its three streams."""

    def __init__(self, order: Dict[str, Any], token: bytes, listener: socket.socket) -> None:
        kinds = frozenset((DATA, EOF, SHUT, RUN, LAST))
        super().__init__(order["limit_bytes"], 1 - order["incoming_share"], kinds, order["stall_s"])
        self._token = token
        self._grace_s = order["grace_s"]
        self._listener = listener
        self._controls: Dict[Wire, socket.socket] = {}
        self._adopted = 0
        self._is_last = self._is_over = False
        self._command: Optional[subprocess.Popen[bytes]] = None
        listener.settimeout(0)
        self.selector.register(listener.fileno(), READ, self._adopt)

    def run(self) -> None:
        """Serve until the other side says goodbye, or stays away longer than it may."""
        seen_s = time.monotonic()
        try:
            while not self.said_bye:
                self.step(_SOON_S if self._command and not self.sources else 1.0)
                if self._command and not self.sources and self._command.poll() is not None:
                    self._tell_end(self._command.returncode)
                if self._is_over and (self.sender.is_idle or not self.wires):
                    break
                # What is kept for the other side: a command, or what it has not heard yet.
                keeps_nothing = self._command is None and self.sender.is_idle
                may_wait_s = min(self._stall_s, self._grace_s) if keeps_nothing else self._grace_s
                if self.wires:
                    seen_s = self.now_s
                elif self.now_s - seen_s > may_wait_s:
                    break
        except ProtocolError as exc:
            self.farewell(FAIL, str(exc))
        finally:
            self._end_command()

    def start(self, command: bytes, *, is_last: bool) -> None:
        """
        Run it as sshd would.

        :param is_last: whether none comes after it, if it goes well.
        :raises ProtocolError: there is one already.
        """
        # The greeting need not wait for it.
        import subprocess

        if self._command:
            raise ProtocolError("a command before the last one has ended")
        self._is_last = is_last
        (stdin, self.sink), (output, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        self.sources = {output: DATA, errors: ERROR}
        prepare(self.sink, output)
        os.set_blocking(errors, False)
        argv = [os.environ.get("SHELL") or "/bin/sh", "-c", os.fsdecode(command)]
        self._command = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)
        for fd in (stdin, stdout, stderr):
            os.close(fd)

    def lose(self, wire: Wire) -> None:
        """Give a lane back to its helper, which ends with it."""
        super().lose(wire)
        self._controls.pop(wire).close()

    def _tell_end(self, code: int) -> None:
        self._command, self._is_over = None, self._is_last and code == 0
        self.drop_streams()
        self.sender.push(EXIT, bytes([code if code >= 0 else _LOST]))
        self.flush()

    def _end_command(self) -> None:
        self.drop_streams()
        if self._command is None:
            return
        import subprocess

        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._command.poll() is not None:
                return
            try:
                os.killpg(self._command.pid, number)
                self._command.wait(_KILL_AFTER_S)
            except (OSError, subprocess.TimeoutExpired):
                pass

    def _adopt(self) -> None:
        """Take up the lane of a helper that knows the token; one that has none says that we are to end."""
        try:
            control, _ = self._listener.accept()
        except OSError:
            return
        handed = taken_over(control, self._token)
        if handed is None or len(handed) != 2:  # noqa: PLR2004 - standard input and output
            for fd in handed or ():
                os.close(fd)
            control.close()
            self.said_bye |= handed == []
            return
        now_s = time.monotonic()
        self._adopted += 1
        wire = Wire(Lane(self._adopted, now_s), handed[0], handed[1], now_s, greeting=False)
        self._controls[wire] = control
        wire.lane.queue(GREETING)
        self.add(wire)
