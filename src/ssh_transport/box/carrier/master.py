"""
The `ssh` that logs in and holds the connection, so that others can go over it (ssh_config(5), ControlMaster).

It has no session of its own: some boxes allow but one.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import math
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.terminal import command_line
from ssh_transport.terminal.control import current

from .askpass import Answers, Askpass
from .leash import AnotherLogin, Leashed
from .login_log import LoginLog
from .overheard import Overheard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


_LONGEST_PATH_BYTES = 80  # of the 104 of a socket's address `ssh` adds 17 while it makes one
_STDERR_BYTES = 1 << 16
# An end is not heard of, unlike what is logged; most often it comes soon after that.
_TICK_S, _LONGEST_TICK_S = 0.005, 0.08
# Between each two there is one round trip, and little work; others are held up by delayed acknowledgements.
_TRIPS = (
    (b"debug1: expecting SSH2_MSG_KEX_ECDH_REPLY", b"debug1: SSH2_MSG_KEX_ECDH_REPLY received"),
    (b"debug1: Offering public key: ", b"debug1: Server accepts key: "),
)
_LAST_WORDS_S = 1
# In round trips: a key that was accepted lets us in within one or two, and the others need six to come to theirs.
_OTHERS_WAIT = 4
# Nearer than this, a login waits for nothing that something else could be done meanwhile.
_FAR_S = 0.03


class Master:
    """
    A login under way or done; `close` ends it.

    :param words: the words of an `ssh`, up to the name of the box and that one too.
    :param options: what goes before them, for this login.
    :ivar socket: by which others go over it.
    :ivar round_trip_s: as the login showed it; infinity if it did not.
    :ivar others: other logins that began with it, and end with it unless somebody takes them.
    """

    def __init__(self, words: Sequence[str], options: Sequence[str], answers: Answers) -> None:
        self.answers = answers
        self.round_trip_s = math.inf
        self.others: list[AnotherLogin] = []
        self._seen_s: dict[bytes, float] = {}
        self.directory = _private_directory()
        self._ssh: Leashed | None = None
        self.socket = str(Path(self.directory, "s"))
        with contextlib.ExitStack() as stack:
            take_away = functools.partial(shutil.rmtree, self.directory, ignore_errors=True)
            # A thread that logs in is left alone where the program ends.
            atexit.register(take_away)
            stack.callback(atexit.unregister, take_away)
            stack.callback(take_away)
            # Read after its end, when the directory is gone.
            self._errors = stack.enter_context(tempfile.TemporaryFile())
            self._askpass = Askpass(self.directory, answers)
            stack.callback(self._askpass.close)
            self.environment: Mapping[str, str] = {**plain_environment(), **self._askpass.environment}
            log = str(Path(self.directory, "log"))
            self._log = Overheard(log, self._measure)
            stack.callback(self._log.close)
            program, *rest = words
            own = ["-N", "-E", log, "-o", "LogLevel=DEBUG1", "-o", "ControlMaster=yes"]
            argv = [program, *own, "-o", f"ControlPath={self.socket}", *options, *rest]
            self._ssh = Leashed(argv, env=self.environment, stderr=self._errors, directory=self.directory)
            for pipe in (self._ssh.stdin, self._ssh.stdout):
                stack.callback(pipe.close)
            self._kept = stack.pop_all()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._ssh is not None and self._ssh.is_running

    @property
    def stands(self) -> bool:
        """Whether others can go over it. Where the link broke, they end a moment before its process does."""
        if not self.is_running:
            return False
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(0)
            # With a full queue it would block: it listens, but hangs.
            return asking.connect_ex(self.socket) in (0, errno.EAGAIN)

    @property
    def group(self) -> int:
        """Its process group, which a proxy command is in too."""
        return self._ssh.group if self._ssh is not None else 0

    @property
    def log(self) -> LoginLog:
        """What it has logged so far."""
        return LoginLog(self._log.beginning)

    @property
    def stderr(self) -> str:
        """What others than itself said there: a server's banner, a jump, a proxy command."""
        with contextlib.suppress(ValueError):
            return os.pread(self._errors.fileno(), _STDERR_BYTES, 0).decode("utf-8", "surrogateescape").strip()
        return ""

    @property
    def last_words(self) -> str:
        """The end of what it has logged for anybody to read; it stands no longer."""
        self.wait_for_words()
        return LoginLog(self._log.end).said

    def gets_through(self, timeout_s: float, begin_others: Callable[[], None]) -> bool:
        """
        Wait until others can go over it; return whether they can, and measure the round trip meanwhile.

        :param begin_others: called once a box far off would take a key. Where this login then waits, for a person or a
            second factor, they are ended before they come to a key of their own.
        """
        until_s, tick_s = time.monotonic() + timeout_s, _TICK_S
        others_until_s = math.inf
        caller = current()
        # The log is heard a moment later.
        while not (Path(self.socket).exists() and self.log.is_let_in):
            if not self.is_running or self.answers.declined:
                return False
            if time.monotonic() > until_s + self.answers.asking_s:
                return False
            caller.check()
            longest_s = _TICK_S if self.others else _LONGEST_TICK_S
            tick_s = _TICK_S if self._log.wait_for_more(tick_s) else min(2 * tick_s, longest_s)
            if _FAR_S < self.round_trip_s < math.inf:
                now_s = time.monotonic()
                if others_until_s == math.inf and self.log.accepts_key:
                    begin_others()
                    others_until_s = now_s + _OTHERS_WAIT * self.round_trip_s
                elif now_s > others_until_s:
                    self._end_others()
                # What is asked meanwhile is not seen in time.
                self._seen_s = {asked: -math.inf for asked, _ in _TRIPS} | self._seen_s
                command_line.prepare()
        return True

    def _measure(self, log: bytearray, now_s: float) -> None:
        """Take in what of a round trip the log tells now."""
        for asked, answered in _TRIPS:
            if asked in log:
                self._seen_s.setdefault(asked, now_s)
            if answered in log and answered not in self._seen_s:
                self._seen_s[answered] = now_s
                self.round_trip_s = min(self.round_trip_s, now_s - self._seen_s.get(asked, now_s))

    def wait_for_words(self) -> None:
        """Let it say why it ends."""
        if self._ssh is not None and not self.answers.declined:
            self._ssh.wait(_LAST_WORDS_S)
            self._log.wait(_LAST_WORDS_S)

    def _end_others(self) -> None:
        others, self.others = self.others, []
        with contextlib.ExitStack() as stack:
            for other in others:
                stack.callback(other.close)

    def close(self) -> None:
        """End it, and with it all that goes over it. Safe to repeat."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._kept.close)
            stack.callback(self._end_others)
            if self._ssh is not None:
                self._ssh.end()


def _private_directory() -> str:
    """Return a new one whose name is short enough for a socket in it."""
    made = tempfile.mkdtemp(prefix="ssh-transport-")
    if len(os.fsencode(made)) + len("/s") < _LONGEST_PATH_BYTES:
        return made
    os.rmdir(made)  # noqa: PTH106 - a text
    return tempfile.mkdtemp(prefix="ssh-transport-", dir="/tmp")


def plain_environment() -> dict[str, str]:
    """Return ours, with messages in the C library's own words, here and, where `ssh` sends it on, there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_") and name != "LANG"}
    return {**kept, "LC_ALL": "C"}
