"""Many cases at once, and a few small samples of whatever differs."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

from .differences import AGAIN, differences
from .drawn import drawn
from .shrunk import shrunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .case import Case
    from .differences import Difference
    from .stage import Stage

_SHRINKS_S = 60


@dataclass(frozen=True)
class Sample:
    """A small case and all that differs in it."""

    case: Case
    found: tuple[Difference, ...]

    def __str__(self) -> str:
        return "\n".join([str(self.case), *(f"  ! {difference}" for difference in self.found)])


class Hunt:
    """
    Play cases from a seed on.

    :param samples: how many cases of each kind of difference are made small.
    :param without: features that no case may have.
    :param tell: says how it goes.
    """

    def __init__(
        self,
        stage: Stage,
        seed: int,
        *,
        samples: int,
        without: Iterable[str] = (),
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._stage, self._tell, self._most = stage, tell, samples
        self._cases = (case for case in map(drawn, count(seed)) if not set(without) & set(case.features()))
        self._lock = Lock()
        self._taken: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.played = 0
        self.features: Counter[str] = Counter()
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.samples: list[Sample] = []

    def run(self, cases: int, *, at_once: int, seconds: float, shrinks_s: float = _SHRINKS_S) -> None:
        """
        Play so many cases, or as many as the time is for; what is under way then is played to its end.

        :param shrinks_s: how long a case may be made smaller, and how much longer than `seconds` all may take for it.
        """
        until_s = time.monotonic() + seconds

        def work() -> None:
            while time.monotonic() < until_s:
                with self._lock:
                    if self.played >= cases:
                        return
                    self.played += 1
                    case = next(self._cases)
                self._play(case, shrinks_s, until_s + shrinks_s)

        with ThreadPoolExecutor(at_once) as pool:
            for worker in [pool.submit(work) for _ in range(at_once)]:
                worker.result()

    def _play(self, case: Case, shrinks_s: float, until_s: float) -> None:
        found = differences(self._stage, case)
        with self._lock:
            self.features.update(case.features())
            self.kinds.update({difference.key for difference in found})
            fresh = [key for key in {difference.key for difference in found} if self._taken[key] < self._most]
            for key in fresh:
                self._taken[key] += 1
        for engine, kind in fresh:
            self._sample(case, engine, kind, min(time.monotonic() + shrinks_s, until_s))

    def _sample(self, case: Case, engine: str, kind: str, until_s: float) -> None:
        def still(smaller: Case) -> bool:
            found = differences(self._stage, smaller, [engine], twice=kind == AGAIN)
            return (engine, kind) in {difference.key for difference in found}

        small = shrunk(case, still, until_s)
        sample = Sample(small, tuple(differences(self._stage, small)))
        with self._lock:
            self.samples.append(sample)
        self._tell(f"after {self.played} cases, {engine}: {kind}\n{sample}\n")
