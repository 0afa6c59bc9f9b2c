"""How fast a copy got on, second by second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .progress import Progress

_AT_MOST = 240
_LONGEST_S, _MOST_BYTES = 1e9, 1 << 63


@dataclass(frozen=True)
class Sample:
    """What had crossed the wire by when; `attempt` and `heals` count the connections that broke until then."""

    seconds: float
    wire_bytes: int
    attempt: int
    heals: int

    def __post_init__(self) -> None:
        """Raise `ValueError` for what no copy has measured: a receipt may come from anywhere."""
        if not 0 <= self.seconds < _LONGEST_S or not 0 <= self.wire_bytes < _MOST_BYTES:
            raise ValueError("a sample of a rate is out of range")


class Pace:
    """
    Keeps samples while a copy runs: one a second at first; where they get too many, every other goes.

    :param now: the clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._start = now, now()
        self._every_s = 1.0
        self._last: Sample | None = None
        self._kept: list[Sample] = []

    def note(self, progress: Progress) -> None:
        """Look at a copy that has got on."""
        last = self._last
        at = round(self._now() - self._start, 1)
        self._last = Sample(at, progress.wire_bytes, progress.attempt, progress.heals)
        broke = last is not None and (last.attempt, last.heals) != (progress.attempt, progress.heals)
        if broke or not self._kept or at - self._kept[-1].seconds >= self._every_s:
            self._kept.append(self._last)
        if len(self._kept) > _AT_MOST:
            self._every_s *= 2
            self._kept = _thinned(self._kept)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What was kept, and where the copy is now."""
        at_end = [self._last] if self._last and self._kept[-1] != self._last else []
        return (*self._kept, *at_end)


def _thinned(samples: list[Sample]) -> list[Sample]:
    """Return every other, and those at which something broke."""
    broke = [
        number
        for number in range(1, len(samples))
        if (samples[number].attempt, samples[number].heals) != (samples[number - 1].attempt, samples[number - 1].heals)
    ]
    keep = {*range(0, len(samples), 2), *broke[-_AT_MOST // 2 :]}
    return [sample for number, sample in enumerate(samples) if number in keep]
