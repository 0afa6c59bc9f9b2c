"""The remote shell that rsync is given, one connection or several: started with us, counted, ended with us."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import stripe
from ssh_transport.ssh_options import ssh_call

from . import link
from .meter import Meter, pipe
from .process import Process
from .streams import LARGE_SHARE, SMALL_SHARE, Streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ssh_transport.box import Box
    from ssh_transport.settings import TransferSettings
    from ssh_transport.shared_login import SharedLogins

_STRIPE = str(Path(stripe.__file__).parent)
_PYTHON = (sys.executable, "-I", "-S")
_LINK, _CALL = "SSH_TRANSPORT_LINK", "SSH_TRANSPORT_CALL"

# Words, what they find in their environment, the descriptors they need.
_Program = tuple[tuple[str, ...], dict[str, Any], tuple[int, ...]]


@dataclass(frozen=True)
class _Standing:
    near: Process
    control: int


class RemoteShell:
    """
    What stands between rsync and `ssh` in every call of a copy.

    :param python: the box's, for more than one connection.
    :param pulls: whether most comes from the box.
    """

    def __init__(
        self, box: Box, streams: Streams, python: str, settings: TransferSettings, *, pulls: bool = True
    ) -> None:
        self.meter = Meter()
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

    @contextlib.contextmanager
    def running(
        self, argv: Sequence[str], ssh: Sequence[str], operands: Sequence[str], *, one: bool
    ) -> Iterator[Process]:
        """
        Run rsync, which ends when we end, however we end.

        :param one: whether it needs no more connections than there are: for what is short.
        """
        with contextlib.ExitStack() as stack:
            if self._streams.most > 1:
                program, env, fds = self._over_several(ssh, one=one)
            else:
                program, env, fds = stack.enter_context(self._over_one(ssh))
            self.meter.begin_call()
            rsh = " ".join(f'"{word}"' for word in program)
            with Process([*argv, f"--rsh={rsh}", *operands], _environment(env), fds) as process:
                yield process

    @contextlib.contextmanager
    def commanding(self, line: str) -> Iterator[Process]:
        """Run a command line on the box over connections that heal, even if it is one; it ends when we end."""
        ssh = ssh_call(self._box)
        with self.meter.reading() as (counts, tells), contextlib.ExitStack() as stack:
            lifeline, _ = pipe(stack)
            order = self._order(ssh, counts, tells, lifeline, self._streams)
            self.meter.begin_call()
            argv = [*_PYTHON, _STRIPE, self._box.resolved.name, line]
            yield stack.enter_context(Process(argv, _environment({_LINK: order}), (lifeline, counts, tells)))

    @contextlib.contextmanager
    def _over_one(self, ssh: Sequence[str]) -> Iterator[_Program]:
        """Yield what is the remote shell, its order, and its descriptors: `ssh`, once for each call."""
        shared = self._box.shared_logins
        over = ["-o", f"ControlPath={path}"] if shared and (path := shared.socket()) else []
        with self.meter.reading() as (counts, _), contextlib.ExitStack() as stack:
            lifeline, _ = pipe(stack)
            order = {"ssh": [*ssh[:1], *over, *ssh[1:]], "counts": counts, "lifeline": lifeline}
            yield (*_PYTHON, link.__file__), {_LINK: order}, (lifeline, counts)

    def _over_several(self, ssh: Sequence[str], *, one: bool) -> _Program:
        """Return the same for several, which stand until the box's connection ends."""
        if self._standing is None or not self._standing.near.is_running:
            self._standing = self._box.attach(self._stands(ssh))
        control = self._standing.control
        streams = [] if one else [self._streams.first, self._streams.most]
        return (*_PYTHON, _STRIPE), {_CALL: {"control": control, "streams": streams}}, (control,)

    @contextlib.contextmanager
    def _stands(self, ssh: Sequence[str]) -> Iterator[_Standing]:
        """Have our end of the striped link, over the logins that were made for it."""
        resolved, logins = self._box.resolved, self._box.shared_logins
        with self.meter.reading() as (counts, tells), contextlib.ExitStack() as stack:
            lifeline, _ = pipe(stack)
            ours, theirs = socket.socketpair()
            stack.callback(ours.close)
            call = [*ssh, "-l", resolved.user, resolved.name]
            with _lent(logins) as lent, theirs:
                count = max(1, len(lent))
                order = self._order(call, counts, tells, lifeline, Streams(count, count))
                order |= {"lent": lent, "control": theirs.fileno()}
                fds = lifeline, counts, tells, theirs.fileno(), *(fd for *streams, _ in lent for fd in streams)
                near = stack.enter_context(Process((*_PYTHON, _STRIPE), _environment({_LINK: order}), fds))
            yield _Standing(near, ours.fileno())

    def _order(self, ssh: Sequence[str], counts: int, status: int, lifeline: int, streams: Streams) -> dict[str, Any]:
        return {
            "ssh": list(ssh),
            "counts": counts,
            "status": status,
            "lifeline": lifeline,
            "python": self._python,
            "streams": streams.first,
            "most": streams.most,
            "limit_bytes": self._settings.streams_limit_bytes,
            "outgoing_share": SMALL_SHARE if self._pulls else LARGE_SHARE,
            "grace_s": self._settings.streams_grace_s,
        }


def _lent(logins: SharedLogins | None) -> AbstractContextManager[list[tuple[int, int, int]]]:
    return logins.lent() if logins else contextlib.nullcontext([])


def _environment(orders: Mapping[str, Any]) -> Mapping[str, str]:
    """Return our environment without rsync's own variables, and with messages in the C library's own words."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RSYNC_")}
    return {**kept, "LC_ALL": "C", **{name: json.dumps(order) for name, order in orders.items()}}
