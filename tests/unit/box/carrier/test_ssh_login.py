"""What is heard of a login a moment later than it is asked about."""

from __future__ import annotations

from typing import Any

from ssh_transport.box.carrier import ssh_login
from ssh_transport.box.carrier.login_log import LoginLog

PASSED = 'Authenticated using "publickey" with partial success.\n'
ASKS = "debug1: Next authentication method: keyboard-interactive\n"


class SlowlyHeard:
    """A master whose log grows each time it is looked at."""

    def __init__(self, *lines: str) -> None:
        self._lines, self._heard = list(lines), ""

    @property
    def log(self) -> LoginLog:
        self._heard += self._lines.pop(0) if self._lines else ""
        return LoginLog(self._heard)


def has_passed(*lines: str) -> bool:
    master: Any = SlowlyHeard(*lines)
    return ssh_login._has_passed(master)


def test_a_key_that_was_accepted_is_known_before_a_question_is_answered() -> None:
    """On a busy machine the question comes sooner than what was logged before it."""
    assert has_passed("debug1: Offering public key\n", PASSED, ASKS)


def test_where_a_password_alone_is_asked_for_no_key_has_passed() -> None:
    assert not has_passed("debug1: Offering public key\n", "debug1: Next authentication method: password\n", PASSED)
