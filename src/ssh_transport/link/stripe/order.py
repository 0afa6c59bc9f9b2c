"""What our end is told when it is started. Part of the program that `near` is: standard library only, Python 3.8."""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple


# No dataclass: to import what makes them takes as long as all else that is done before the first byte.
class Order(NamedTuple):
    """
    What the task that runs rsync wants, from the variable `SSH_TRANSPORT_LINK`.

    :ivar lent: for the first lanes standard output and input of an `ssh`, and its process group; a shell on the box
        waits behind it for a line to run.
    :ivar limit_bytes: what each end holds at most; `outgoing_share` of it, from 0 to 1, is for what goes to the box.
    :ivar for_good: a regular expression for what an `ssh` says whose login no later one will fare better than.
    :ivar control: the socket over which commands come; without one, there is a single one, in the argv.
    """

    ssh: list[str]
    lent: Sequence[Tuple[int, int, int]] = ()
    control: int | None = None
    counts: int | None = None
    lifeline: int | None = None
    status: int | None = None
    streams: int = 4
    most: int = 4
    python: str = "python3"
    for_good: str = ""
    limit_bytes: int = 64 << 20
    outgoing_share: float = 0.5
    grace_s: float = 600
    stall_s: float = 15
