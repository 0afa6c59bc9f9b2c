"""Over how many connections a copy goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.facts.round_trip import round_trip_s, to_next_hop_s
from ssh_transport.report import say
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.facts.copying import FarEnd

MOST = 32
AUTO = "auto"
_OLDEST_PYTHON = (3, 8)
# Up to here one connection fills most lines: OpenSSH's window of 2 MiB for each round trip is 140 MB/s.
_NEAR_S = 0.015
_TRIPS = 2
# Logins that a stock sshd lets begin at once: MaxStartups in sshd_config(5).
_FIRST = 8


@dataclass(frozen=True)
class Streams:
    """How many connections a copy starts with, and how many it may have as long as each one more makes it faster."""

    first: int = 1
    most: int = 1


def check(words: str) -> None:
    """
    Stop at a number of connections that is none.

    :raises UsageError: it is neither ``auto`` nor from 1 to `MOST`.
    """
    if words != AUTO and not (re.fullmatch(r"[0-9]{1,2}", words) and 1 <= int(words) <= MOST):
        raise UsageError(f"`{words}` is no number of connections", hint=f"--streams=auto, or from 1 to {MOST}")


def streams(box: Box, asked: str, far: FarEnd) -> Streams:
    """
    Choose the number of connections: `asked`, or the setting, or what the round trip makes worth while.

    A box without a fit Python gets one, and the person is told if they asked for more.
    """
    asked = asked or TransferSettings.of(box.c).streams
    check(asked)
    if asked == "1" or (asked == AUTO and _is_near(box, far)):
        return Streams()
    if far.python_version < _OLDEST_PYTHON:
        if asked != AUTO:
            say(f"{box.name}: one connection only: several need Python 3.8 or newer there")
        return Streams()
    if asked != AUTO:
        return Streams(int(asked), int(asked))
    most = min(TransferSettings.of(box.c).streams_max, box.platform[0].streams_max, MOST)
    return Streams(min(_FIRST, most), most) if most > 1 else Streams()


def _is_near(box: Box, far: FarEnd) -> bool:
    # One slow answer may be a busy machine's. The way can only be longer than to the first machine that answers for it.
    if far.round_trip_s <= _NEAR_S or to_next_hop_s(box) > _NEAR_S:
        return far.round_trip_s <= _NEAR_S
    return round_trip_s(box, times=_TRIPS) <= _NEAR_S
