"""Whether a copy that was asked for without a relay goes by way of one: where a box gives nothing but a terminal."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ssh_transport.box import piped
from ssh_transport.errors import TaskError
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.report import say
from ssh_transport.text import size

from .job import carried

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Plan

    from .via import Via

# Below this a terminal is done before anything is gained.
_LITTLE_BYTES = 20_000_000
_TRIED_BYTES = 1 << 20
_LONGEST_S = 60
_TO, _FROM = "exec cat >/dev/null", f"exec head -c {_TRIED_BYTES} /dev/zero"


class Auto:
    """
    Carries what gains by it, and nothing else.

    :param open_relay: returns the relay, once there is something that may gain; `None` if there is none to use.
    """

    def __init__(self, open_relay: Callable[[], Via | None]) -> None:
        self._open_relay = open_relay
        self.via: Via | None = None

    def bring(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """See `Via.bring`."""
        box = next((one for one in request.boxes if one.goes_by_terminal), None)
        whole_bytes = sum(count for count, _ in carried(plan).values())
        if box is None or whole_bytes < _LITTLE_BYTES or request.options.bwlimit or request.options.atomic:
            return None
        self.via = self.via or self._open_relay()
        if self.via is None or not _gains(box, self.via, whole_bytes, is_sent=request.source.box is not box):
            return None
        return self.via.bring(request, plan, progress, tick)


def _gains(box: Box, via: Via, count: int, *, is_sent: bool) -> bool:
    """Whether so many bytes are faster by way of the relay, as far as a first megabyte tells; say which it is."""
    try:
        by_relay_s = count / _TRIED_BYTES * via.seconds_for(os.urandom(_TRIED_BYTES), is_sent=is_sent)
    except TaskError as error:
        say(f"{box.name}: by its terminal: {error.what}")
        return False
    by_terminal_s = count / _TRIED_BYTES * _seconds_by_terminal(box, is_sent=is_sent)
    (first_s, way), (second_s, other) = sorted(
        [(by_relay_s, f"by way of {via.name}"), (by_terminal_s, "by its terminal")]
    )
    say(f"{box.name}: {way}: about {first_s:.0f} s for {size(count)}, and {second_s:.0f} s {other}")
    return by_relay_s < by_terminal_s


def _seconds_by_terminal(box: Box, *, is_sent: bool) -> float:
    start_s = time.monotonic()
    data, limit_bytes = (bytes(_TRIED_BYTES), 0) if is_sent else (b"", _TRIED_BYTES)
    silence_s = TransferSettings.of(box.c).silence_s
    script = _TO if is_sent else _FROM
    piped.run(box, script, data=data, limit_bytes=limit_bytes, silence_s=silence_s, timeout_s=_LONGEST_S)
    return time.monotonic() - start_s
