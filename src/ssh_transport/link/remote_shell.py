"""The remote shell that rsync is given, one connection or several: started with us, counted, ended with us."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.box.carrier.fed import Fed
from ssh_transport.box.carrier.process import Process
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.errors import symptoms

from . import stripe
from .lane_logins import lane_logins, lane_logins_already
from .meter import Meter, pipe
from .relay import Relay
from .session import Lent, opened
from .streams import LARGE_SHARE, SMALL_SHARE, Streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ssh_transport.box import Box
    from ssh_transport.box.carrier.program import Program
    from ssh_transport.settings import TransferSettings

    from .allowance import Allowance
    from .relay import Payers

_STRIPE = str(Path(stripe.__file__).with_name("__main__.py"))
_PYTHON = (sys.executable, "-I", "-S")
_LINK, _CALL = "SSH_TRANSPORT_LINK", "SSH_TRANSPORT_CALL"

# Words, what they find in their environment, the descriptors they need.
_Program = tuple[tuple[str, ...], dict[str, Any], tuple[int, ...]]


@dataclass(frozen=True)
class _Standing:
    near: Process
    control: int


class _Relayed(Process):
    """An rsync, and what is between it and the box."""

    def __init__(self, program: Program, relay: Relay, meter: Meter) -> None:
        super().__init__(program)
        self._relay, self._meter = relay, meter

    @property
    def stderr(self) -> str:
        """See `Process`."""
        return "\n".join(filter(None, (self._relay.stderr, super().stderr)))

    def wait(self) -> int:
        """See `Process`; of the end of its remote shell, rsync itself makes its own."""
        code = super().wait()
        return code if code < 0 else max(code, self._meter.ended or 0)


class RemoteShell:
    """
    What stands between rsync and the box in every call of a copy.

    :param python: the box's, for more than one connection.
    :param pulls: whether most comes from the box.
    :param pace: what it keeps to, where it is one connection.
    :ivar expected_bytes: how much the next call will carry; it need not be known of a call that carries little.
    """

    def __init__(  # noqa: PLR0913 - the way, and what it may take of it
        self,
        box: Box,
        streams: Streams,
        python: str,
        settings: TransferSettings,
        *,
        pulls: bool = True,
        pace: Allowance | None = None,
    ) -> None:
        self.meter = Meter()
        self.expected_bytes = 0
        self._pace = pace
        self._box = box
        self._streams = streams
        self._settings = settings
        self._python = python
        self._pulls = pulls
        self._standing: _Standing | None = None

    @property
    def last_words(self) -> str:
        """What our end of several connections said between two calls."""
        return self._standing.near.stderr if self._standing else ""

    def begin(self, ssh: Sequence[str], over: Streams) -> None:
        """Have several connections stand, if a call that will come is to go over them."""
        if self._streams.most > 1 and over.most > 1:
            self._over_several(ssh, over)

    @contextlib.contextmanager
    def running(
        self,
        argv: Sequence[str],
        ssh: Sequence[str],
        operands: Sequence[str],
        *,
        over: Streams | None,
        is_last: bool = False,
    ) -> Iterator[Process]:
        """
        Run rsync, which ends when we end, however we end.

        :param over: how many connections it gets; `None` for those that there are, for what is short.
        :param is_last: whether no other call comes after it, if it goes well.
        """
        if self._streams.most > 1 and (self._standing or over is None or over.most > 1):
            program, env, fds = self._over_several(ssh, over, is_last=is_last)
            self.meter.begin_call()
            with Process(Spawned([*argv, _rsh(program), *operands], self._environment(env), fds)) as process:
                yield process
            return
        with self._over_one() as relay:
            self.meter.begin_call()
            words = [*argv, "--blocking-io", _rsh(relay.words), *operands]
            rsync = Spawned(words, self._environment({}), relay.fds)
            with _Relayed(rsync, relay, self.meter) as process:
                relay.begin()
                yield process

    def staying(self, argv: Sequence[str], operands: Sequence[str]) -> Process:
        """Run an rsync that has both ends on this machine."""
        return Process(Spawned([*argv, *operands], self._environment({})))

    @contextlib.contextmanager
    def commanding(self, line: str, first: bytes) -> Iterator[Process]:
        """
        Run a command line on the box over connections that heal, even if it is one; it ends when we end.

        :param first: all that its standard input gets, which then ends.
        """
        ssh = self._box.carrier.alone
        with self.meter.reading() as (counts, tells), contextlib.ExitStack() as stack:
            lifeline, _ = pipe(stack)
            order = self._order(ssh, counts, tells, lifeline, self._streams)
            self.meter.begin_call()
            argv = [*_PYTHON, _STRIPE, self._box.resolved.name, line]
            with _lent(self._box) as lent:
                fds = lifeline, counts, tells, *(fd for *streams, _ in lent for fd in streams)
                env = self._environment({_LINK: order | {"lent": lent}})
                process = stack.enter_context(Fed(functools.partial(Spawned, argv, env, fds)))
            process.feed(first, last=True)
            yield process

    @contextlib.contextmanager
    def _over_one(self) -> Iterator[Relay]:
        """Yield what carries one call: over the first login that is lent, else over a session of our own."""
        logins = lane_logins_already(self._box)
        with self.meter.reading():
            session = Lent(logins) if logins and logins.is_there else opened(self._box.carrier)
            try:
                relay = Relay(session, self.meter, self._payers())
            except BaseException:
                session.close()
                raise
            with relay:
                yield relay

    def _payers(self) -> Payers:
        expected_bytes, self.expected_bytes = self.expected_bytes, 0
        if self._pace is None:
            return None, None
        return (None, self._pace.payer(ahead_of=expected_bytes)) if self._pulls else (self._pace.payer(), None)

    def _over_several(self, ssh: Sequence[str], over: Streams | None, *, is_last: bool = False) -> _Program:
        """Return what is the remote shell, its order and its descriptors; the connections stand as long as the box."""
        if self._standing is None or not self._standing.near.is_running:
            self._standing = self._box.attach(self._stands(ssh, over.sessions if over else 1))
        control = self._standing.control
        streams = [over.first, over.most] if over else []
        return (*_PYTHON, _STRIPE), {_CALL: {"control": control, "streams": streams, "is_last": is_last}}, (control,)

    @contextlib.contextmanager
    def _stands(self, ssh: Sequence[str], sessions: int) -> Iterator[_Standing]:
        """Have our end of the striped link, over the logins that were made for it, or so many sessions over one."""
        resolved = self._box.resolved
        with self.meter.reading() as (counts, tells), contextlib.ExitStack() as stack:
            lifeline, _ = pipe(stack)
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            call = [*self._box.carrier.program, *ssh[1:], "-l", resolved.user, resolved.name]
            with _lent(self._box, sessions) as lent, theirs:
                order = self._order(call, counts, tells, lifeline, Streams(len(lent), len(lent)))
                order |= {"lent": lent, "control": theirs.fileno()}
                fds = lifeline, counts, tells, theirs.fileno(), *(fd for *streams, _ in lent for fd in streams)
                near = stack.enter_context(
                    Process(Spawned((*_PYTHON, _STRIPE), self._environment({_LINK: order}), fds))
                )
            yield _Standing(near, ours.fileno())

    def _environment(self, orders: Mapping[str, Any]) -> Mapping[str, str]:
        """Return that of the box's `ssh` without rsync's own variables, and with orders by name."""
        kept = {key: value for key, value in self._box.carrier.environment.items() if not key.startswith("RSYNC_")}
        return {**kept, **{name: json.dumps(order) for name, order in orders.items()}}

    def _order(self, ssh: Sequence[str], counts: int, status: int, lifeline: int, streams: Streams) -> dict[str, Any]:
        return {
            "ssh": list(ssh),
            "counts": counts,
            "status": status,
            "lifeline": lifeline,
            "python": self._python,
            "for_good": symptoms.for_good(),
            "streams": streams.first,
            "most": streams.most,
            "limit_bytes": self._settings.streams_limit_bytes,
            "outgoing_share": SMALL_SHARE if self._pulls else LARGE_SHARE,
            "grace_s": self._settings.streams_grace_s,
        }


def _rsh(words: Sequence[str]) -> str:
    """Return rsync's option; it takes a word in quotes of either kind."""
    quotes = (("'" if '"' in word else '"', word) for word in words)
    return f"--rsh={' '.join(f'{quote}{word}{quote}' for quote, word in quotes)}"


def _lent(box: Box, sessions: int = 1) -> AbstractContextManager[list[tuple[int, int, int]]]:
    logins = lane_logins(box)
    logins.begin_over_one(sessions)
    return logins.lent()
