"""The login of an `ssh` that holds the connection: what it may ask, which host key it pinned, why it failed."""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import subprocess
import time
from typing import TYPE_CHECKING

from ssh_transport.errors import LoginRefused
from ssh_transport.openssh import host_keys
from ssh_transport.temporary import PrivateDirectory

from . import host_key_told, login_log
from .askpass import Answers
from .gate import QuestionPostponed
from .leash import AnotherLogin
from .master import Master, plain_environment
from .ssh_call import login_options, option_words, ssh_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.errors import TaskError

    from .carrier import Login
    from .target import Target

_log = logging.getLogger("invoke")

# Prompts name who asks, and SSH_ASKPASS_REQUIRE is there.
_ANSWERS_SINCE = (8, 5)
_LONGEST_S = 10
_HEARD_S, _TICK_S = 5, 0.01


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
        asks=login.asks and not login.password,
        only_passphrases=login.keys_only,
        postpones=login.postpones,
    )
    with _elsewhere(login) as pins:
        options = option_words(login_options(target, login, pins, timeout_s=timeout_s, batch=not answers.can_answer))
        options += ["-i", str(login.only.private_path)] if login.only else []
        master = Master([*ssh_call(target), resolved.name], options, answers)
        answers.has_passed = functools.partial(_has_passed, master)
        try:
            try:
                _check(target, login, master, timeout_s)
            finally:
                # Also where the login is refused after it.
                if is_first and login.remember and (key := host_key_told.check_pinned(target, master.log)):
                    host_key_told.tell_pinned(target, key)
        except BaseException:
            master.close()
            raise
    # Where one session is allowed, a later login may ask.
    answers.postpones = False
    return master


def _has_passed(master: Master) -> bool:
    """Whether a key was accepted before what `ssh` asks now: it logs that first, but we hear of it a moment later."""
    until_s = time.monotonic() + _HEARD_S
    while not (log := master.log).asks_in_words and time.monotonic() < until_s:
        time.sleep(_TICK_S)
    return log.has_passed


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
    is_through = master.gets_through(2 * timeout_s, functools.partial(_begin_others, target, login, master))
    _log.debug("the login to %s, as `ssh` tells it:\n%s", target.name, master.log.text)
    if not is_through:
        raise _fault(target, master)
    if login.only and master.log.key_used != login.only.fingerprint:
        if login.only.fingerprint in master.log.keys_accepted:
            # The box would take it, and another one was next.
            raise login_log.locked(target.name, str(login.only.private_path))
        cause = f"it was let in by another key: {master.log.key_used or 'none'}"
        raise LoginRefused(f"`{target.name}` refused the key {login.only.fingerprint}", box=target.name, cause=cause)


def _begin_others(target: Target, login: Login, master: Master) -> None:
    """Begin them, as far as this machine can; where a person or a jump may be asked something, none begins."""
    if login.typed(target) or _is_proxied(target):
        return
    env = {**plain_environment(), "SSH_ASKPASS_REQUIRE": "never"}
    with contextlib.suppress(OSError):
        for line in login.others:
            master.others.append(AnotherLogin([*ssh_call(target), target.resolved.name, line], env))


def _fault(target: Target, master: Master) -> TaskError:
    """Return why the login failed."""
    if master.answers.postponed:
        return QuestionPostponed(f"`{target.name}` has a question", box=target.name, cause=master.answers.postponed)
    master.wait_for_words()
    log = master.log
    if found := host_key_told.fault(target, log):
        return found
    return login_log.fault(
        target.name, log, master.stderr, proxied=_is_proxied(target), declined=master.answers.declined
    )


def _is_proxied(target: Target) -> bool:
    return bool(target.resolved.proxy_jump or target.resolved.proxy_command)
