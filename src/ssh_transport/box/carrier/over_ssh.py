"""The carrier that is OpenSSH's own `ssh`: one holds the connection, and each command is a session asked for there."""

from __future__ import annotations

import contextlib
import functools
import math
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssh_transport.box import share

from . import ssh_login
from .carrier import HostKey, ends_within
from .channel import SOON_S
from .fabric_connection import ConnectionOverSsh
from .fed import Fed
from .over_socket import OverSocket
from .program import Spawned
from .spare import Spare
from .ssh_call import option_words, ssh_call
from .ssh_pipe import SshPipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .carrier import Login, Pipe, Session
    from .leash import AnotherLogin
    from .master import Master
    from .program import Program
    from .target import Target


class OverSsh:
    """
    See `Carrier`.

    :param program: what stands for `ssh` in the calls of those that go over it.
    """

    _answer_s = 5
    # Nearer than this a session is there at once.
    _near_s = 0.01
    _shells_stay = True

    def __init__(self, target: Target, master: Master, program: Sequence[str] = ("ssh",)) -> None:
        self._target = target
        self.master = master
        self.program = program
        log = master.log
        self.host_key = HostKey(*log.host_key)
        self.key_used = log.key_used
        self.round_trip_s = master.round_trip_s
        self.login_s = math.inf
        _, *words = ssh_call(target)
        self.alone: Sequence[str] = [*program, *words]
        # Where one session is allowed and there is one already, `ssh` logs in once more by itself.
        batch = "no" if master.answers.can_answer else "yes"
        self.over: Sequence[str] = option_words({"ControlPath": master.socket, "BatchMode": batch})
        self.call: Sequence[str] = [*program, *self.over, *words]
        self.environment: Mapping[str, str] = master.environment
        sent = target.resolved.sent_variables
        self._sent = {
            name: value
            for name, value in self.environment.items()
            if any(fnmatchcase(name, pattern) for pattern in sent)
        }
        self._spares: dict[str, Spare] = {}

    @functools.cached_property
    def connection(self) -> ConnectionOverSsh:
        """See `Carrier`; what reads a team's settings takes milliseconds, and most boxes are not asked for it."""
        return ConnectionOverSsh(self._target, self)

    @property
    def is_alive(self) -> bool:
        """See `Carrier`."""
        return self.master.stands

    @property
    def last_words(self) -> str:
        """See `Carrier`."""
        return self.master.last_words

    @property
    def has_shell(self) -> bool:
        """See `Carrier`."""
        return any(spare.has_shell for spare in list(self._spares.values()))

    def run(self, line: str, *, again: bool = False) -> Session:
        """See `Carrier`."""
        if not self.is_alive:
            # `ssh` would log in anew without a word.
            raise ConnectionResetError(self.last_words)
        # Of many boxes at once, each session takes processor time from all: one shell takes script after script.
        is_alone = share.current().boxes == 1
        if not again or (is_alone and self.round_trip_s <= self._near_s):
            return Fed(functools.partial(self._begun, line))
        spare = self.spare(line)
        spare.begin()
        # Where one session is allowed, the next must not be the one that waits: it is asked for a round trip later.
        # With that goes the acknowledgement of what the box has said by then, without which it may say no more
        # (RFC 896), and which would be put off otherwise (RFC 1122, 4.2.3.2).
        if is_alone and math.isfinite(self.round_trip_s) and not spare.stands_within(self.round_trip_s):
            self._begin(spare, 2)
        session = spare.take() or self._only_one(line)
        if is_alone:
            self._begin(spare, 1)
        return session

    def waiting(self, line: str) -> Fed | None:
        """See `Carrier`."""
        # Of many boxes, the one shell of each stays for its scripts: another would take more than it saves.
        spare = self._spares.get(line) if share.current().boxes == 1 else None
        if spare is None or (session := spare.take()) is None:
            return None
        self._begin(spare, 1)
        return session

    @staticmethod
    def _begin(spare: Spare, count: int) -> None:
        with contextlib.suppress(OSError):
            spare.begin(count)

    def spare(self, line: str) -> Spare:
        """Return what has a session for the next script of such a command line."""
        return self._spares.setdefault(
            line, Spare(functools.partial(self.over_login, line), line, stays=self._shells_stay)
        )

    def over_login(self, line: str, *, stdin: int) -> Program:
        """Start a command line in a session of this login, or what ends at once where it allows for none."""
        return OverSocket(self.master.socket, line, self._sent, stdin=stdin)

    def _begun(self, line: str, *, stdin: int) -> Program:
        """Start a command line in a session of this login, or else by an `ssh`, which may log in once more for it."""
        over = OverSocket(self.master.socket, line, self._sent, stdin=stdin)
        try:
            # One that is slow is under way, and a second one would run the line twice.
            if over.opens_within(self._answer_s) or over.poll() is None:
                return over
        except BaseException:
            over.kill()
            over.close()
            raise
        over.close()
        return self.by_ssh(line, stdin=stdin)

    def by_ssh(self, line: str, *, stdin: int) -> Program:
        """Start an `ssh` that runs a command line, over this login if it can."""
        return Spawned(self.command_call(line), self.environment, stdin=stdin)

    def _only_one(self, line: str) -> Fed:
        """Open a session where the box allows one: that of the last script may count a moment longer than it lasts."""
        for wait_s in SOON_S:
            time.sleep(wait_s)
            session = Fed(functools.partial(self.over_login, line))
            session.feed(f"{line}\n".encode(), last=False)
            if session.begins_within(self._answer_s):
                return session
            with session:
                is_refused = not session.is_running
            if not self.is_alive:
                raise ConnectionResetError(self.last_words)
            if not is_refused:
                break
        return Fed(functools.partial(self.by_ssh, line))

    def sftp(self, silence_s: float) -> Pipe:
        """See `Carrier`."""
        return SshPipe(self._target, self.command_call("sftp", "-s"), self.environment, silence_s=silence_s)

    def command_call(self, line: str, *flags: str) -> Sequence[str]:
        """Return the words of an `ssh` that runs a command line, or with ``-s`` a subsystem."""
        words = self.call[len(self.program) :]
        return [*self.program, *flags, *words, self._target.resolved.name, line]

    def grants_terminal(self) -> bool:
        """See `Carrier`."""
        call = self.command_call("exit", "-tt")
        with Fed(functools.partial(Spawned, call, self.environment)) as session:
            # A proxy for people runs a shell instead.
            session.feed(b"exit\n", last=True)
            return ends_within(session, self._answer_s) and "PTY allocation request failed" not in session.stderr

    def takes_others(self) -> list[AnotherLogin]:
        """See `Carrier`."""
        others, self.master.others = self.master.others, []
        return others

    @property
    def group(self) -> int:
        """See `Carrier`."""
        return self.master.group

    def answers(self) -> bool:
        """See `Carrier`."""
        if not self.is_alive:
            return False
        with self.run("exit") as session:
            session.feed(b"", last=True)
            # A session that is refused is an answer too.
            return ends_within(session, self._answer_s) and self.is_alive

    def close(self) -> None:
        """See `Carrier`."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.end_spares)
            # It holds their streams.
            stack.callback(self.master.close)
            if "connection" in vars(self):
                stack.callback(self.connection.close_files)

    def end_spares(self) -> None:
        """End the sessions that wait for a script."""
        with contextlib.ExitStack() as stack:
            for spare in list(self._spares.values()):
                stack.callback(spare.close)


def connect(target: Target, login: Login) -> OverSsh:
    """See `open_carrier`."""
    return OverSsh(target, ssh_login.log_in(target, login))
