"""
What `ssh` has logged of a login, and the error that it means.

The log is a stream of its own (``-E`` in ssh(1)): what a server's banner says stays out of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport import errors
from ssh_transport.errors import symptoms
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError

_HOST_KEY = re.compile(r"^debug1: Server host (?:key|certificate): (\S+) (SHA256:[\w+/=]+)", re.MULTILINE)
_ACCEPTED = re.compile(r"^debug1: Server accepts key: (?P<name>.*?) [\w-]+ (?P<print>SHA256:[\w+/=]+)", re.MULTILINE)
_REASON = re.compile(r"connect to host .* port \d+: (.+)")
_PASSED = "with partial success"
# The second before OpenSSH 8.8.
_BY_KEY = re.compile(
    r'^Authenticated to .* using "publickey"\.|^debug1: Authentication succeeded \(publickey\)', re.MULTILINE
)
_IN_WORDS = re.compile(r"^debug1: Next authentication method: (?:password|keyboard-interactive)", re.MULTILINE)
_CAUSE_CHARS = 600


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
    def keys_accepted(self) -> set[str]:
        """The fingerprints of the keys of ours that the box would take."""
        return {found["print"] for found in _ACCEPTED.finditer(self.text)}

    @property
    def accepts_key(self) -> bool:
        """Whether the box would take a key of ours, which is yet to prove that we have it."""
        return _ACCEPTED.search(self.text) is not None

    @property
    def is_let_in(self) -> bool:
        """Whether the login is through."""
        return "\nAuthenticated to " in self.text

    @property
    def has_passed(self) -> bool:
        """Whether a key was accepted, and something else is wanted too."""
        return _PASSED in self.text

    @property
    def asks_in_words(self) -> bool:
        """Whether it was the turn of a way to log in that has questions."""
        return _IN_WORDS.search(self.text) is not None

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


def locked(name: str, path: str, cause: str = "") -> errors.LoginRefused:
    """Return the error of a key that the box would take, but that nobody has unlocked."""
    hint = f"unlock it once: ssh-add {shlex.quote(one_line(path))}, or add --prompt-for-passphrase"
    return errors.LoginRefused(f"a private key for `{name}` has a passphrase", box=name, cause=cause, hint=hint)


def fault(name: str, log: LoginLog, stderr: str, *, proxied: bool, declined: str) -> TaskError:
    """
    Return the error of a login that failed, but for what is wrong with the host key.

    :param stderr: what came there beside the log: of a jump, of a proxy command; of a banner too.
    :param proxied: whether there is a jump or a proxy command.
    :param declined: a question of `ssh` that nobody answered.
    """
    said, beside = log.said, stderr[-_CAUSE_CHARS:]
    said_last = said[-_CAUSE_CHARS:]
    # A banner may explain what `ssh` says, and so may a jump's words, as nothing else has come yet; neither decides.
    found = symptoms.meaning(f"{stderr}\n{said}") if symptoms.meaning(said) else None
    # Of a key that the box would take, `ssh` may have said why it could not use it.
    unusable = found is not None and found.symptom.stage == "key" and "passphrase" not in found.line
    if (held_by := log.locked_key) and not unusable:
        return locked(name, held_by, said_last)
    if log.has_passed and not log.is_let_in:
        wants = f": {one_line(declined)}" if declined else ""
        what = f"`{name}` has taken the key, and asks for a second factor{wants}"
        return errors.LoginRefused(what, box=name, cause=said_last, hint="run it on a terminal, and answer there")
    if found is None:
        what, hint = f"the connection to `{name}` broke", f"see why: ssh -v {name}"
        return errors.LinkLost(what, box=name, cause=said_last or beside, hint=hint)
    error = found.error(name)
    if reason := _REASON.search(found.line):
        error.cause = reason[1]
    elif found.symptom.stage == "login" and found.symptom.cause:
        # The sentence says all that the line does.
        error.cause = error.cause.partition("\n")[0]
    if proxied and beside and found.symptom.stage == "greeting":
        error.cause = beside
    return error
