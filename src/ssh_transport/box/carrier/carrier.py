"""What a carrier is, what goes over it, and how to log in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import fabric

    from ssh_transport.openssh.public_key import PublicKey

    from .fed import Fed
    from .leash import AnotherLogin
    from .program import Program
    from .target import Target

# The exit code of a command whose connection broke: what `ssh` itself ends with.
LOST = 255
_TICK_S = 0.1


@dataclass(frozen=True)
class Login:
    """
    How to log in.

    :ivar remember: whether the host key of a first contact is pinned.
    :ivar password: what was typed for this login, which offers no key then and asks nothing.
    :ivar keys_only: no password, neither of the caller's settings nor of the person; of what is asked for, passphrases.
    :ivar only: the key to log in with; a login by any other one counts as refused.
    :ivar asks: whether the person may be asked, if there is a terminal.
    :ivar postpones: whether a question ends it, to be asked in another login.
    :ivar timeout_s: how long each step may take; 0 for the setting.
    :ivar others: command lines, each for another login, which begins while this one is under way to a box far off, as
        soon as that would take a key.
    """

    remember: bool = True
    password: str = ""
    keys_only: bool = False
    only: PublicKey | None = None
    asks: bool = True
    postpones: bool = False
    timeout_s: float = 0
    others: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether any task could have made it."""
        return self.remember and not self.password and self.only is None

    def typed(self, target: Target) -> Mapping[str, str]:
        """Return the password and the passphrase that may be used, as far as there are any."""
        if self.password:
            return {"password": self.password}
        wanted = ("passphrase",) if self.keys_only else ("password", "passphrase")
        return {key: str(target.given[key]) for key in wanted if target.given.get(key)}


@dataclass(frozen=True)
class HostKey:
    """The host key that a box has shown in this login: ``ssh-ed25519`` and ``SHA256:...``."""

    kind: str
    fingerprint: str


class Session(Protocol):
    """A command on a box: its three streams and its end. Leaving its ``with`` ends it."""

    def feed(self, data: bytes, *, last: bool) -> None:
        """Write to its standard input, beside whoever reads what it says; close that after the `last` bytes."""

    def outlives(self, token: str) -> bool:
        """
        Take a shell's script for one that ends where it says a record separator, the token and its exit code.

        It does so on both streams, whose ends these are for it; the shell can take another then. Return whether this
        session can have that: many can't.
        """

    def pieces(self, every_s: float | None) -> Iterator[bytes]:
        """Yield standard output as it comes, and an empty piece whenever none came for so long."""

    def wait(self) -> int:
        """Return its exit code, or `LOST`; standard output has ended."""

    @property
    def stderr(self) -> str:
        """What it said on standard error so far, the end of it; undecodable bytes as surrogates."""

    def __enter__(self) -> Self:
        """Have it for a while."""

    def __exit__(self, *_: object) -> None:
        """End it."""


def ends_within(session: Session, limit_s: float) -> bool:
    """Wait for the end of a session, but no longer than that, however much it says; return whether it came."""
    until_s = time.monotonic() + limit_s
    for _ in session.pieces(min(limit_s, _TICK_S)):
        if time.monotonic() > until_s:
            return False
    session.wait()
    return True


class Pipe(Protocol):
    """A stream of bytes in both directions, with a subsystem of the box behind it."""

    def send(self, data: bytes) -> None:
        """Send all of `data`; an `OSError` once the pipe is broken."""

    def receive(self, count: int) -> bytes:
        """Return `count` bytes, fewer only at the end."""

    def close(self) -> None:
        """Break both directions; whoever waits in `receive` gets its end."""

    def why(self) -> Exception:
        """Return what ended the stream."""

    def release(self) -> None:
        """Give back what the stream used; nobody reads any more."""


class Carrier(Protocol):
    """
    One login to a box, and what goes over it.

    :ivar host_key: what the box has shown.
    :ivar round_trip_s: as the login measured it; infinity where it could not.
    :ivar login_s: how long it took to log in.
    :ivar program: the words that stand for `ssh` in a call; empty where none can go over it.
    :ivar alone: the words of an `ssh` that logs in to the box once more, up to the name; empty likewise.
    :ivar over: the options of an `ssh` that lead it over this login; empty where none can go over it.
    :ivar call: the words of such an `ssh` to the box, up to the name; empty likewise.
    :ivar environment: its environment.
    :ivar key_used: the fingerprint of the key that was accepted; empty if it was none.
    """

    host_key: HostKey
    round_trip_s: float
    login_s: float
    key_used: str
    program: Sequence[str]
    alone: Sequence[str]
    over: Sequence[str]
    call: Sequence[str]
    environment: Mapping[str, str]

    @property
    def connection(self) -> fabric.Connection:
        """A Fabric connection that goes over it."""

    @property
    def is_alive(self) -> bool:
        """Whether it still stands, as far as is known."""

    @property
    def last_words(self) -> str:
        """What was said at its end by what holds it."""

    @property
    def has_shell(self) -> bool:
        """Whether a shell waits for a script, so that this one takes no session that something else may need."""

    def run(self, line: str, *, again: bool = False) -> Session:
        """
        Start a command line on the box.

        :param again: whether the same one will be started again, so that the next can be opened meanwhile. It must say
            a word at its start, wait for what it is fed, and pass over its own line in that: see `Spare`.
        """

    def waiting(self, line: str) -> Fed | None:
        """
        Return what was opened beforehand for such a command line, and has said its first word; `None` if nothing was.

        See `run`; it is the caller's then, who enters it or ends it.
        """

    def over_login(self, line: str, *, stdin: int) -> Program:
        """
        Start a command line in a session of this login, or what ends at once where it allows for none.

        Only where an `ssh` can go over it. What tells of that says "session request failed".
        """

    def by_ssh(self, line: str, *, stdin: int) -> Program:
        """Start a command line by an `ssh`, which logs in once more where this login allows for no more sessions."""

    def sftp(self, silence_s: float) -> Pipe:
        """Open the subsystem `sftp`, which may take no longer than that to take what is sent."""

    def takes_others(self) -> list[AnotherLogin]:
        """Return what began as `Login.others`; it is the caller's then."""

    @property
    def group(self) -> int:
        """The process group of who has the socket."""

    def grants_terminal(self) -> bool:
        """Ask for a terminal; return whether the box gives one."""

    def answers(self) -> bool:
        """Ask the box for a word, and wait for it, though not for long."""

    def close(self) -> None:
        """End it, and all that goes over it. Safe to repeat."""
