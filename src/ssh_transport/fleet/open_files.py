"""How many boxes at once the limit of open files allows (`ulimit -n`, getrlimit(2))."""

from __future__ import annotations

import resource

from ssh_transport.terminal import report

# Measured: a box that is logged in, a copy to or from it, and what we have open anyhow, striped connections too.
_PER_LOGIN, _PER_JOB, _OWN = 8, 24, 256
# As many log in ahead of their turn at most, see `side_by_side`.
LOGGED_IN = 64


def allowed(wanted: int, boxes: int, weight: int = 1) -> int:
    """
    Return how many of so many boxes may be at work at once; say so if it is fewer than wanted.

    Where the soft limit is too low, it is raised for this process, as far as the hard one and the need go.

    :param weight: how many jobs one box takes.
    """
    per_box = _PER_JOB * weight
    own = _OWN + max(0, min(LOGGED_IN, boxes) - wanted) * _PER_LOGIN
    needed = own + wanted * per_box
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    most = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    fit = max(1, (most - own) // per_box)
    if fit >= wanted:
        return wanted
    report.say(f"warning: {most} open files are enough for {fit} of {wanted} boxes at once: ulimit -n raises the limit")
    return fit
