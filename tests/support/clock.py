"""Limits of time that hold on a busy machine too."""

from __future__ import annotations

import time

_SAMPLE_S = 0.02


def on_this_machine(limit_s: float) -> float:
    """Return a limit for a quiet machine times how much longer work takes now, as a bit of work shows."""
    begun_s, used_s = time.monotonic(), time.thread_time()
    while time.thread_time() - used_s < _SAMPLE_S:
        pass
    return limit_s * max(1.0, (time.monotonic() - begun_s) / _SAMPLE_S)
