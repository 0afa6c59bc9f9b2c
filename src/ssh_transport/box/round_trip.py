"""Measures the round trip to a box."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from . import script

if TYPE_CHECKING:
    from ssh_transport.box import Box

_DEADLINE_S = 5.0
_ECHO = 'while IFS= read -r line; do printf "%s\\n" "$line"; done'
_TRIES = 3


def round_trip_s(box: Box) -> float:
    """
    Return the shortest of the round trip that the login showed and of up to three words that the box's shell echoes.

    What has not come in 5 s is not waited for.
    """
    trips = [box.carrier.round_trip_s]
    marker, first = script.framed(_ECHO, ())
    with box.carrier.run(script.LINE, again=True) as session:
        session.feed(first, last=False)
        said, asked_s = b"", 0.0
        until_s = time.monotonic() + _DEADLINE_S
        for piece in session.pieces(_DEADLINE_S):
            if not piece or time.monotonic() > until_s:
                break
            said += piece
            if asked_s:
                trips.append(time.monotonic() - asked_s)
            elif marker.encode() not in said:
                continue
            if len(trips) > _TRIES:
                break
            asked_s = time.monotonic()
            session.feed(b"\n", last=False)
    return min(trips, default=math.inf)
