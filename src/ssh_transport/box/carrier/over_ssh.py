"""The carrier that is OpenSSH's own `ssh`: one holds the connection, and each command is another that goes over it."""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import re
import subprocess
import time
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.errors import LoginRefused
from ssh_transport.openssh import host_keys
from ssh_transport.temporary import PrivateDirectory

from . import first_contact, host_key_fault, login_log
from .askpass import Answers
from .carrier import HostKey, ends_within
from .channel import SOON_S
from .fabric_connection import ConnectionOverSsh
from .fed import Fed
from .gate import QuestionPostponed
from .master import Master
from .spare import Spare
from .ssh_call import login_options, ssh_call
from .ssh_pipe import SshPipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ssh_transport.errors import TaskError

    from .carrier import Login, Pipe, Session
    from .target import Target

_log = logging.getLogger("invoke")

# Prompts name who asks, and SSH_ASKPASS_REQUIRE is there.
_ANSWERS_SINCE = (8, 5)
_LONGEST_S = 10


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
        self.over: Sequence[str] = _words({"ControlPath": master.socket, "BatchMode": batch})
        self.call: Sequence[str] = [*program, *self.over, *words]
        self.environment: Mapping[str, str] = master.environment
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
            return Fed(self.command_call(line), self.environment)
        spare = self.spare(line)
        spare.begin()
        # Where one session is allowed, the next must not be the one that waits: it is asked for a round trip later.
        # With that goes the acknowledgement of what the box has said by then, without which it may say no more
        # (RFC 896), and which would be put off otherwise (RFC 1122, 4.2.3.2).
        if is_alone and math.isfinite(self.round_trip_s) and not spare.stands_within(self.round_trip_s):
            self._begin(spare, 2)
        session = spare.take() or self._only_one(self.command_call(line))
        if is_alone:
            self._begin(spare, 1)
        return session

    @staticmethod
    def _begin(spare: Spare, count: int) -> None:
        with contextlib.suppress(OSError):
            spare.begin(count)

    def spare(self, line: str) -> Spare:
        """Return what has a session for the next script of such a command line."""
        alone = self._alone(self.command_call(line))
        return self._spares.setdefault(line, Spare(alone, self.environment, stays=self._shells_stay))

    def _only_one(self, call: Sequence[str]) -> Fed:
        """Open a session where the box allows one: that of the last script may count a moment longer than it lasts."""
        for wait_s in SOON_S:
            time.sleep(wait_s)
            session = Fed(self._alone(call), self.environment)
            if session.begins_within(self._answer_s):
                return session
            with session:
                is_refused = not session.is_running
            if not self.is_alive:
                raise ConnectionResetError(self.last_words)
            if not is_refused:
                break
        return Fed(call, self.environment)

    def _alone(self, call: Sequence[str]) -> Sequence[str]:
        """Return the words of an `ssh` that ends where it can't go over this login, instead of making its own."""
        words = call[len(self.program) :]
        return [*self.program, *_words({"ProxyCommand": "false"}), *words]

    def sftp(self, silence_s: float) -> Pipe:
        """See `Carrier`."""
        return SshPipe(self._target, self.command_call("sftp", "-s"), self.environment, silence_s=silence_s)

    def command_call(self, line: str, *flags: str) -> Sequence[str]:
        """Return the words of an `ssh` that runs a command line, or with ``-s`` a subsystem."""
        words = self.call[len(self.program) :]
        return [*self.program, *flags, *words, self._target.resolved.name, line]

    def grants_terminal(self) -> bool:
        """See `Carrier`."""
        with Fed(self.command_call("exit", "-tt"), self.environment) as session:
            # A proxy for people runs a shell instead.
            session.feed(b"exit\n", last=True)
            return ends_within(session, self._answer_s) and "PTY allocation request failed" not in session.stderr

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
    return OverSsh(target, log_in(target, login))


def log_in(target: Target, login: Login) -> Master:
    """
    Log in, and say which host key was pinned.

    :raises ReachError: as `open_carrier` does.
    """
    resolved = target.resolved
    is_first = not host_keys.pinned(resolved)
    timeout_s = login.timeout_s or target.login_timeout_s
    who = f"{resolved.user}@{resolved.host_key_alias or resolved.host}"
    answers = Answers(
        who,
        login.typed(target),
        asks=login.asks and not login.keys_only and not login.password,
        postpones=login.postpones,
    )
    with _elsewhere(login) as pins:
        options = [*_words(login_options(target, login, pins, timeout_s=timeout_s, batch=not answers.can_answer))]
        options += ["-i", str(login.only.private_path)] if login.only else []
        master = Master([*ssh_call(target), resolved.name], options, answers)
        answers.has_passed = lambda: master.log.has_passed
        try:
            _check(target, login, master, timeout_s)
        except BaseException:
            master.close()
            raise
        finally:
            # Also where the login is refused after it. Of the file, not of the log, into which a server may write; what
            # an authority has signed is not pinned.
            if is_first and login.remember and (now_pinned := host_keys.pinned(resolved)):
                first_contact.tell(target, host_keys.fingerprint(now_pinned[-1]))
    # Where one session is allowed, a later login may ask.
    answers.postpones = False
    return master


@contextlib.contextmanager
def _elsewhere(login: Login) -> Iterator[list[Path]]:
    """Yield where the key of a first contact goes that must not be remembered; nowhere for one that may."""
    if login.remember:
        yield []
        return
    with PrivateDirectory() as place:
        yield [place.path / "known_hosts"]


@functools.cache
def takes_answers() -> bool:
    """Whether this `ssh` can be given a password by us."""
    said = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False, timeout=_LONGEST_S).stderr
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= _ANSWERS_SINCE


def _check(target: Target, login: Login, master: Master, timeout_s: float) -> None:
    """
    Wait until the login is through.

    :raises ReachError: it was refused, or another key let us in than was to be tried.
    """
    # Two steps, to be connected and to be let in, each of which may take so long.
    is_through = master.gets_through(2 * timeout_s)
    _log.debug("the login to %s, as `ssh` tells it:\n%s", target.name, master.log.text)
    if not is_through:
        raise _fault(target, master)
    if login.only and master.log.key_used != login.only.fingerprint:
        cause = f"it was let in by another key: {master.log.key_used or 'none'}"
        raise LoginRefused(f"`{target.name}` refused the key {login.only.fingerprint}", box=target.name, cause=cause)


def _fault(target: Target, master: Master) -> TaskError:
    """Return why the login failed."""
    if master.answers.postponed:
        return QuestionPostponed(f"`{target.name}` has a question", box=target.name, cause=master.answers.postponed)
    master.wait_for_words()
    log = master.log
    if found := host_key_fault.of(target, log):
        return found
    return login_log.fault(
        target.name, log, master.stderr, proxied=_is_proxied(target), declined=master.answers.declined
    )


def _is_proxied(target: Target) -> bool:
    return bool(target.resolved.proxy_jump or target.resolved.proxy_command)


def _words(options: Mapping[str, str]) -> list[str]:
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
