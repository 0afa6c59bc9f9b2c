"""How many lanes to have: more, as long as more of them carry more."""

from __future__ import annotations

_STEP = 4
# What a lossy path varies by anyhow; and how often a step may be in vain before it is the last.
_WORTH_IT = 1.1
_VAIN_STEPS = 2
_LONG_ENOUGH_S, _ROUNDS = 1.5, 12
# What is over soon needs no second login.
_ALONE_S = 3
# Below this it is not the lanes that are slow: nothing is being sent.
_IDLE_BYTES_S = 1 << 16


class Growth:
    """
    Looks at the total and says how many lanes are `wanted`; it never takes one back.

    :param first: to begin with.
    :param most: the bound that the person or the platform sets.
    """

    def __init__(self, first: int, most: int) -> None:
        self.wanted = first
        self._most = most
        self._before_bytes_s = 0.0
        self._vain_steps = 0
        self._since: tuple[float, int] | None = None

    def look(self, lanes: int, carried_bytes: int, round_trip_s: float, now_s: float) -> None:
        """Take note of the total at a time; `lanes` are up."""
        if lanes < self.wanted or self.wanted == self._most:
            self._since = None
            return
        if self._since is None:
            self._since = now_s, carried_bytes
        elapsed_s, carried = now_s - self._since[0], carried_bytes - self._since[1]
        if elapsed_s < max(_ALONE_S if self.wanted == 1 else _LONG_ENOUGH_S, _ROUNDS * round_trip_s):
            return
        self._since, rate_bytes_s = None, carried / elapsed_s
        if rate_bytes_s < _IDLE_BYTES_S:
            return
        # Compared with just before, not with the best: on a lossy path each lane is fastest when it is new.
        self._vain_steps = 0 if rate_bytes_s > self._before_bytes_s * _WORTH_IT else self._vain_steps + 1
        self._before_bytes_s = rate_bytes_s
        if self._vain_steps < _VAIN_STEPS:
            self.wanted = min(self.wanted + _STEP, self._most)
        else:
            self._most = self.wanted
