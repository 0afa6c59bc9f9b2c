"""Over how many connections a copy goes, and the comparison after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.box.round_trip import round_trip_s
from ssh_transport.errors import UsageError
from ssh_transport.facts.content import MUCH_BYTES
from ssh_transport.settings import FleetSettings, TransferSettings
from ssh_transport.terminal.report import say

from .lane_logins import ON_THE_BOX, lane_logins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import RemoteEnd

MOST = 32
AUTO = "auto"
_OLDEST_PYTHON = (3, 8)
# Up to here one connection fills most lines: OpenSSH's window of 2 MiB for each round trip is 140 MB/s.
NEAR_S = 0.015
_SURELY_FAR_S = 3 * NEAR_S
# A comparison's records are few bytes: while one connection is replaced, they come over the other.
_COMPARING = 2
# Of the memory, for the direction in which the files go: what goes the other way is little.
LARGE_SHARE, SMALL_SHARE = 0.875, 0.125
# Even a connection that loses one packet in a hundred carries these within the time that logins take.
LITTLE_BYTES = 1 << 18
# By then TCP has found out that the way bears more than the window of one session, which doubles from 14 kB on.
_OUTGROWN_BYTES = 4 << 20
# What TCP itself may have under way where nobody has tuned it is more than one such window, and less than two.
_SESSIONS = 2
# Logins that a stock sshd lets begin at once: MaxStartups in sshd_config(5).
_FIRST = 8
# Of several boxes, in all: they share this machine's line, where those of one box help the others too. Nor do they grow
# by what each gains, as it gains that from the others.
_OF_SEVERAL_BOXES = 16


@dataclass(frozen=True)
class Streams:
    """
    How many connections a copy starts with, and how many it may have as long as each one more makes it faster.

    :ivar sessions: how many lanes the login that is there has to begin with, where no other is made.
    """

    first: int = 1
    most: int = 1
    sessions: int = 1


def check(words: str) -> None:
    """
    Stop at a number of connections that is none.

    :raises UsageError: it is neither ``auto`` nor from 1 to `MOST`.
    """
    if words != AUTO and not (re.fullmatch(r"[0-9]{1,2}", words) and 1 <= int(words) <= MOST):
        raise UsageError(f"`{words}` is no number of connections", hint=f"--streams=auto, or from 1 to {MOST}")


def streams(box: Box, asked: str, remote: RemoteEnd) -> Streams:
    """
    Choose the number of connections: `asked`, or the setting, or what the round trip makes worth while.

    A box without a fit Python gets one, and the person is told if they asked for more.
    """
    asked = wanted(box, asked)
    if asked == "1" or (asked == AUTO and _is_near(box, remote)):
        return Streams()
    found = _several(asked, box, {box.name: remote})
    if asked != AUTO or share.current().boxes == 1:
        return found
    number = min(found.first, share.part(_OF_SEVERAL_BOXES))
    return Streams(number, number)


def logins_beside(box: Box, asked: str) -> tuple[str, ...]:
    """Return the command lines of the logins that a number of connections takes, but for the first; see `Login`."""
    return (ON_THE_BOX,) * (min(_first(), _as_told(box, asked)) - 1)


def begin_logins(box: Box, asked: str) -> None:
    """Let the connections that `streams` is going to choose log in, as far as that can be told already."""
    asked = wanted(box, asked)
    several = min(_first(), _most(box) if asked == AUTO else _as_told(box, asked))
    if box.goes_by_ssh and several > 1 and (asked != AUTO or box.carrier.round_trip_s > NEAR_S):
        # How much there is to carry is not known yet: the first goes over the login that the box has.
        lane_logins(box).begin(1 if asked == AUTO else several)


def suited(box: Box, asked: str, chosen: Streams, total_bytes: int) -> Streams:
    """
    Return what was chosen, as it suits so much.

    Few bytes start with the login that is there, and grow from it; next to none are through before another is made.
    What TCP has learned by the time is lost on one session: its window is full then.
    """
    if wanted(box, asked) != AUTO or total_bytes >= MUCH_BYTES:
        return chosen
    if total_bytes <= LITTLE_BYTES:
        return Streams()
    return Streams(1, chosen.most, sessions=_SESSIONS if total_bytes > _OUTGROWN_BYTES else 1)


def streams_between(
    source: Box, target: Box, asked: str, ends: tuple[RemoteEnd, RemoteEnd], round_trip_s: float
) -> Streams:
    """
    Choose the number of connections from box to box, as `streams` does.

    :param round_trip_s: between the two; 0 where it is not known.
    """
    asked = wanted(source, asked)
    if asked == "1" or (asked == AUTO and round_trip_s <= NEAR_S):
        return Streams()
    return _several(asked, target, dict(zip((source.name, target.name), ends, strict=True)))


def wanted(box: Box, asked: str) -> str:
    """Return what was asked for, else the setting."""
    asked = asked or TransferSettings.of(box.c).streams
    check(asked)
    return asked


def only_one(box: str, asked: str, why: str) -> None:
    """Tell a person who asked for several connections that there is one."""
    if asked not in {AUTO, "1"}:
        say(f"{box}: one connection only: {why}")


def is_fit(end: RemoteEnd) -> bool:
    """Whether the box's Python will do for several."""
    return end.python_version >= _OLDEST_PYTHON


def _several(asked: str, box: Box, ends: Mapping[str, RemoteEnd]) -> Streams:
    """Return how many there are to be to the box, if all ends by name can have several."""
    for name, end in ends.items():
        if not is_fit(end):
            only_one(name, asked, "several need Python 3.8 or newer there")
            return Streams()
    if asked != AUTO:
        number = _as_told(box, asked)
        if number < int(asked):
            say(f"{box.name}: {number} of {asked} connections: boxes side by side share `fleet.streams_max`")
        return Streams(number, number)
    most = _most(box)
    return Streams(min(_first(), most), most) if most > 1 else Streams()


def _most(box: Box) -> int:
    most = min(TransferSettings.of(box.c).streams_max, box.platform[0].streams_max, MOST)
    return min(most, share.part(FleetSettings.of(box.c).streams_max))


def _as_told(box: Box, asked: str) -> int:
    """Return the number that a person asked for, as far as all boxes under way can have it."""
    return min(int(asked), share.part(FleetSettings.of(box.c).streams_max))


def _first() -> int:
    """Return how many logins may begin at once."""
    return max(1, _FIRST // share.current().of_host)


def streams_to_compare(
    box: Box, asked: str, python_version: tuple[int, int], *, takes_long: Callable[[], bool]
) -> Streams | None:
    """
    Choose the connections that heal for the box's half of a comparison; `None` is the one that is open already.

    The round trip does not count: hashing that would begin anew costs as much near as far. A new login takes longer
    than hashing a little does, though.

    :param takes_long: asked unless a number above 1 is.
    """
    asked = wanted(box, asked)
    is_told = asked not in {AUTO, "1"}
    if not is_told and not takes_long():
        return None
    if python_version < _OLDEST_PYTHON:
        lacks = "Python 3.8 or newer there"
    elif not box.goes_by_ssh:
        lacks = "an `ssh` on this machine"
    else:
        number = min(_COMPARING, _most(box)) if asked == AUTO else _as_told(box, asked)
        return Streams(number, number)
    if is_told:
        say(f"{box.name}: compares over one connection only: several need {lacks}")
    return None


def _is_near(box: Box, remote: RemoteEnd) -> bool:
    if remote.round_trip_s <= NEAR_S or remote.round_trip_s > _SURELY_FAR_S:
        return remote.round_trip_s <= NEAR_S
    # One slow answer may be a busy machine's.
    return round_trip_s(box) <= NEAR_S
