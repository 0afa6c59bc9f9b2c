"""One place serves another: the sender runs at the first, its `ssh` reaches the second, and we hear of each piece."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.box.carrier.carrier import LOST
from ssh_transport.box.carrier.process import Process
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.script import LINE, begun, line
from ssh_transport.errors import TaskError
from ssh_transport.text import one_line
from ssh_transport.transfer.between.hop import Hop

from .program import CHILD_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box
    from ssh_transport.link.allowance import Allowance

    from .station import Station

# What takes nothing for so long is left to another, which costs a login. The sender says that it lives far more often.
_STALL_S = 15
_SILENCE_S = 30
_SAID_CHARS = 200
_DIGITS = 10
_RECEIVE = 'exec "$1" -I -S -B "$2/program.py" receive "$2"'


class Served(NamedTuple):
    """
    How it ended.

    :ivar why: why not all has come; empty if it has.
    :ivar parent_lost: whether it was the serving side that failed.
    """

    why: str = ""
    parent_lost: bool = False


def serve(  # noqa: PLR0913 - who serves whom, who hears of it, and how
    parent: Station,
    child: Station,
    on_piece: Callable[[int], None],
    is_given_up: Callable[[], bool],
    *,
    with_agent: bool,
    limit: Allowance | None,
) -> Served:
    """
    Let one place send another what that lacks, as it comes itself; return when that is done, or can't be.

    :param on_piece: called with the number of each piece that the second has kept, as far as the first can be believed.
    :param is_given_up: asked every second whether the first is to serve no more.
    :param limit: how fast this machine may send; `None` for no limit.
    :raises KeyboardInterrupt: another thread stopped it.
    """
    try:
        with _sender(parent, child, with_agent=with_agent, limit=limit) as run:
            for said in run.lines(_SILENCE_S):
                if len(said) <= _DIGITS and said.isdigit():
                    on_piece(int(said))
                elif is_given_up():
                    return Served("it has not what it should have", parent_lost=True)
            code, stderr = run.wait(), run.stderr
    except TaskError as error:
        return Served(one_line(f"{error.what}: {error.cause}" if error.cause else error.what), parent_lost=True)
    if not code:
        return Served()
    words = one_line((stderr.splitlines() or [f"exit code {code}"])[-1])[:_SAID_CHARS]
    return Served(words, parent_lost=code != CHILD_FAILED and (code == LOST or parent.box is not None))


@contextlib.contextmanager
def _sender(parent: Station, child: Station, *, with_agent: bool, limit: Allowance | None) -> Iterator[Process]:
    """Run the sender at the first place."""
    goal = _box(child)
    words = [child.python, child.state]
    marker, begins = begun(len(words), _RECEIVE, on_both=False)
    order = {
        "ssh": [],
        "there": ["-l", goal.resolved.user, "--", goal.resolved.host, LINE],
        "marker": marker,
        "first": base64.b64encode(b"".join((begins, *map(line, words)))).decode(),
        "pace": limit and limit.order(),
        "stall_s": _STALL_S,
        "is_leashed": parent.box is None,
    }
    call = ["-I", "-S", "-B", f"{parent.state}/program.py", "send", parent.state]
    if parent.box is not None:
        hop = Hop(parent.box, goal, with_agent=with_agent, over_login=True)
        with hop.running([parent.python, *call, json.dumps(order)]) as run:
            yield run
        return
    order["ssh"] = [*goal.carrier.call, goal.resolved.name, LINE]
    # It ends when we do, however we end.
    leash, held = os.pipe()
    try:
        argv = [sys.executable, *call, json.dumps(order)]
        environment = {**os.environ, **goal.carrier.environment, "LC_ALL": "C"}
        with Process(Spawned(argv, environment, (limit.pace.fd,) if limit else (), stdin=leash)) as process:
            yield process
    finally:
        os.close(leash)
        os.close(held)


def _box(station: Station) -> Box:
    if station.box is None:
        raise AssertionError("this machine is served by nobody")
    return station.box
