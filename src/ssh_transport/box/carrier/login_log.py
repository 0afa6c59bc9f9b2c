"""
What `ssh` has logged of a login, and the error that it means.

The log is a stream of its own (``-E`` in ssh(1)): what a server's banner says stays out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport import errors
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError

_HOST_KEY = re.compile(r"^debug1: Server host (?:key|certificate): (\S+) (SHA256:[\w+/=]+)", re.MULTILINE)
_ACCEPTED = re.compile(r"^debug1: Server accepts key: (?P<name>.*?) [\w-]+ (?P<print>SHA256:[\w+/=]+)", re.MULTILINE)
_METHODS = re.compile(r"Permission denied \(([a-z,-]+)\)")
_PASSED = "with partial success"
# The second before OpenSSH 8.8.
_BY_KEY = re.compile(
    r'^Authenticated to .* using "publickey"\.|^debug1: Authentication succeeded \(publickey\)', re.MULTILINE
)
_REASON = re.compile(r"connect to host .* port \d+: (.+)")
_CAUSE_CHARS = 600

_VERBOSE = "see why: ssh -v {name}"
_PORT = "is the box on, and is the port the one the console shows now? inv config.show {name}"
_CONNECT = "could not connect to `{name}`"

# The first that fits decides. `ssh` prints these itself, at the end of a login that failed.
_FAULTS: tuple[tuple[str, type[TaskError], str, str], ...] = (
    (
        r"[Bb]ad configuration option|bad configuration options|keyword .* extra arguments|Bad .* argument",
        errors.AliasError,
        "an ssh config file can't be used for `{name}`",
        "see what is wrong: ssh -G {name}",
    ),
    (
        r"Could not resolve hostname",
        errors.NameNotFound,
        _CONNECT,
        "check the name: inv config.list",
    ),
    (
        r"Unable to negotiate|no matching .* found",
        errors.EndpointTooWeak,
        "`{name}` and this machine's ssh share no algorithm",
        "see what it offers: ssh -vv {name}",
    ),
    (r"connect to host .*[Cc]onnection refused", errors.Refused, _CONNECT, _PORT),
    (
        r"timed out during banner exchange|banner line|invalid format|kex_exchange_identification",
        errors.Unreachable,
        "no SSH banner came from `{name}` in time",
        f"TCP opens, but no SSH server answers: a proxy or VPN in between? {_VERBOSE}",
    ),
    (
        r"connect to host|timed out",
        errors.Unreachable,
        _CONNECT,
        f"is the box on, and is there a firewall or VPN in between? {_VERBOSE}",
    ),
    (
        r"Too many authentication failures",
        errors.LoginRefused,
        "`{name}` refused the login: too many keys were offered before the right one",
        "name the one key in the alias: IdentityFile and `IdentitiesOnly yes`",
    ),
    (
        r"Permission denied \(|No more authentication methods|Authentication failed",
        errors.LoginRefused,
        "`{name}` refused the login",
        "push the key first: inv keys.push --on {name}",
    ),
    (
        r"^(Connection|Disconnected|Received disconnect|ssh_dispatch_run_fatal|client_loop)",
        errors.LinkLost,
        "`{name}` closed the connection",
        _VERBOSE,
    ),
)
# What the `ssh` of a jump says, or the program of a `ProxyCommand`, on standard error.
_IN_BETWEEN = re.compile(
    r"Connection closed by UNKNOWN|banner exchange: Connection to UNKNOWN|kex_exchange_identification: "
    r"Connection (closed|reset)|write: Broken pipe|Connection timed out during banner exchange"
)


@dataclass(frozen=True)
class LoginLog:
    """The text of the log so far."""

    text: str

    @property
    def host_key(self) -> tuple[str, str]:
        """The type and the fingerprint of the key that the box has shown; empty before it has."""
        found = _HOST_KEY.findall(self.text)
        return found[-1] if found else ("", "")

    @property
    def key_used(self) -> str:
        """The fingerprint of the key that let us in; empty if none did."""
        accepted = _ACCEPTED.findall(self.text)
        return accepted[-1][1] if accepted and _BY_KEY.search(self.text) else ""

    @property
    def is_let_in(self) -> bool:
        """Whether the login is through."""
        return "\nAuthenticated to " in self.text

    @property
    def has_passed(self) -> bool:
        """Whether a key was accepted, and something else is wanted too."""
        return _PASSED in self.text

    @property
    def locked_key(self) -> str:
        """The name of a key that the box would take, but that nobody has unlocked; empty if there is none."""
        accepted = list(_ACCEPTED.finditer(self.text))
        return accepted[-1]["name"] if accepted and not self.has_passed and not _BY_KEY.search(self.text) else ""

    @property
    def said(self) -> str:
        """What `ssh` says to anybody, without what it logs for those who search a fault."""
        lines = (line for line in self.text.splitlines() if not line.startswith(("debug1:", "Authenticated to ")))
        return "\n".join(dict.fromkeys(filter(None, (line.strip() for line in lines))))


def fault(name: str, log: LoginLog, stderr: str, *, proxied: bool, declined: str) -> TaskError:
    """
    Return the error of a login that failed, but for what is wrong with the host key.

    :param stderr: what came there beside the log: of a jump, of a proxy command; of a banner too.
    :param proxied: whether there is a jump or a proxy command.
    :param declined: a question of `ssh` that nobody answered.
    """
    said = log.said
    if proxied and _IN_BETWEEN.search(said):
        return _in_between(name, stderr, said)
    said_last = said[-_CAUSE_CHARS:]
    if locked := log.locked_key:
        what, hint = f"a private key for `{name}` has a passphrase", "unlock it once: ssh-add {key}"
        hint = f"{hint.format(key=locked)}, or run `fab --prompt-for-passphrase`"
        return errors.LoginRefused(what, box=name, cause=said_last, hint=hint)
    if log.has_passed and not log.is_let_in:
        wants = f": {one_line(declined)}" if declined else ""
        what = f"`{name}` has taken the key, and asks for a second factor{wants}"
        return errors.LoginRefused(what, box=name, cause=said_last, hint="run it on a terminal, and answer there")
    for pattern, error, what, hint in _FAULTS:
        if re.search(pattern, said, re.MULTILINE):
            cause = said_last
            if methods := _METHODS.search(said):
                cause = f"the server accepts: {methods[1].replace(',', ', ')}"
            elif reason := _REASON.search(said):
                cause = reason[1]
            return error(what.format(name=name), box=name, cause=cause, hint=hint.format(name=name))
    hint = _VERBOSE.format(name=name)
    cause = said_last or stderr[-_CAUSE_CHARS:]
    return errors.LinkLost(f"the connection to `{name}` broke", box=name, cause=cause, hint=hint)


def _in_between(name: str, stderr: str, said: str) -> TaskError:
    """Return the error of a jump or a proxy command: by what it said, as nothing else of ours has come there yet."""
    cause = stderr.strip()[-_CAUSE_CHARS:] or said[-_CAUSE_CHARS:]
    hint = f"try it alone: ssh -v {name}"
    if "Host key verification failed" in stderr or "HOST IDENTIFICATION HAS CHANGED" in stderr:
        changed = "HOST IDENTIFICATION HAS CHANGED" in stderr
        error = errors.HostKeyChanged if changed else errors.HostKeyUnknown
        state = "changed" if changed else "is not known"
        return error(f"the host key of the jump in front of `{name}` {state}", box=name, cause=cause, hint=hint)
    if _METHODS.search(stderr):
        return errors.LoginRefused(f"the jump in front of `{name}` refused the login", box=name, cause=cause, hint=hint)
    if "Could not resolve hostname" in stderr:
        return errors.NameNotFound(f"the jump in front of `{name}` has no address", box=name, cause=cause, hint=hint)
    if "onnection refused" in stderr:
        return errors.Refused(f"the jump in front of `{name}` could not connect", box=name, cause=cause, hint=hint)
    if re.search(r"not found|No such file", stderr):
        what = f"the proxy command of `{name}` can't be run"
        return errors.ToolMissing(what, box=name, cause=cause, hint="install it, or change `ProxyCommand` in the alias")
    return errors.Unreachable(f"the jump in front of `{name}` failed", box=name, cause=cause, hint=hint)
