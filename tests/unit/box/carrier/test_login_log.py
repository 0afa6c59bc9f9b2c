"""What `ssh` logs of a login is told as what it is, by the error's class and in words that lead on."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ssh_transport.box.carrier.login_log import LoginLog, fault
from ssh_transport.errors import (
    AliasError,
    EndpointTooWeak,
    HostKeyUnknown,
    LinkLost,
    LoginRefused,
    NameNotFound,
    Refused,
    TaskError,
    ToolMissing,
    Unreachable,
)

KEY = "SHA256:WK+JCStHy+DbcttW+Og2qCbO4zO2YFRBM57EROCUbaA"
ACCEPTED = f"debug1: Server accepts key: /home/me/.ssh/id ED25519 {KEY} explicit\n"
LET_IN = 'Authenticated to box ([203.0.113.7]:22) using "publickey".\n'
IN_BETWEEN = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n"


class Case(NamedTuple):
    log: str
    error: type[TaskError]
    says: str
    stderr: str = ""
    proxied: bool = False
    declined: str = ""


CASES = {
    "refused": Case("ssh: connect to host h port 22: Connection refused", Refused, "Connection refused"),
    "no route": Case("ssh: connect to host h port 22: No route to host", Unreachable, "No route to host"),
    "slow": Case("ssh: connect to host h port 22: Connection timed out", Unreachable, "could not connect to `b`"),
    "mute": Case("Connection timed out during banner exchange", Unreachable, "no SSH banner"),
    "no name": Case("ssh: Could not resolve hostname h: Name or service not known", NameNotFound, "config.list"),
    "no key": Case("root@h: Permission denied (publickey,password).", LoginRefused, "accepts: publickey, password"),
    "too many": Case(
        "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 127.0.0.1",
        LoginRefused,
        "IdentitiesOnly",
    ),
    "nothing shared": Case(
        "Unable to negotiate with h port 22: no matching cipher found. Their offer: 3des-cbc",
        EndpointTooWeak,
        "3des-cbc",
    ),
    "broken config": Case("/c: line 1: Bad configuration option: x\n/c: terminating, 1 bad", AliasError, "ssh -G b"),
    "closed": Case("Connection closed by 127.0.0.1 port 22", LinkLost, "Connection closed"),
    "locked key": Case(f"{ACCEPTED}root@h: Permission denied (publickey).", LoginRefused, "ssh-add /home/me/.ssh/id"),
    "second factor": Case(
        f'{ACCEPTED}Authenticated using "publickey" with partial success.\nroot@h: Permission denied (publickey).',
        LoginRefused,
        "has taken the key, and asks for a second factor: (root@h) Code:",
        declined="(root@h) Code: ",
    ),
    "jump refuses": Case(
        IN_BETWEEN,
        LoginRefused,
        "the jump in front of `b` refused the login",
        "me@jump: Permission denied (publickey).",
        proxied=True,
    ),
    "jump is unknown": Case(IN_BETWEEN, HostKeyUnknown, "of the jump", "Host key verification failed.", proxied=True),
    "jump is off": Case(
        IN_BETWEEN, Refused, "the jump", "ssh: connect to host j port 22: Connection refused", proxied=True
    ),
    "no proxy program": Case(IN_BETWEEN, ToolMissing, "ProxyCommand", "sh: 1: cloudflared: not found", proxied=True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_is_told_as_what_it_is(case: Case) -> None:
    error = fault("b", LoginLog(case.log), case.stderr, proxied=case.proxied, declined=case.declined)

    assert type(error) is case.error
    assert case.says in str(error)


def test_a_banner_is_no_reason() -> None:
    """It comes on standard error; the log is `ssh`'s own."""
    log = LoginLog("Connection closed by 127.0.0.1 port 22\n")
    error = fault("b", log, "root@h: Permission denied (publickey).", proxied=False, declined="")
    assert type(error) is LinkLost


def test_the_key_that_let_us_in_is_the_last_that_was_accepted() -> None:
    other = ACCEPTED.replace(KEY, "SHA256:other")
    assert LoginLog(other + ACCEPTED + LET_IN).key_used == KEY
    assert LoginLog(ACCEPTED + "debug1: Authentication succeeded (publickey).\n").key_used == KEY
    assert LoginLog(ACCEPTED).key_used == ""
    assert LoginLog(ACCEPTED + LET_IN.replace("publickey", "password")).key_used == ""


def test_a_certificate_is_a_host_key_too() -> None:
    kind = "ssh-ed25519-cert-v01@openssh.com"
    assert LoginLog(f"debug1: Server host certificate: {kind} {KEY}, serial 0\n").host_key == (kind, KEY)
    assert LoginLog("debug1: Connecting").host_key == ("", "")
