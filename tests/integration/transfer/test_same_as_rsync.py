"""Whatever is copied, both engines leave what plain rsync leaves, and a second run has nothing to do."""

from __future__ import annotations

import secrets

import pytest

from tests.support.examples import in_profile
from tests.support.same_as_rsync.hunt import Hunt
from tests.support.same_as_rsync.stage import stage

# Of a profile of a hundred.
CASES = 20
# A busy machine plays fewer in that time, but never less than the least.
SECONDS = 70
LEAST = 8
SHRINKS_S = 15
AT_ONCE = 6


@pytest.mark.timeout(900)
def test_both_engines_leave_what_plain_rsync_leaves() -> None:
    """Random trees, targets and options, other ones in each run; a failure says how it is repeated."""
    seed = secrets.randbelow(1 << 32)

    with stage() as ready:
        hunt = Hunt(ready, seed, samples=1)
        hunt.run(in_profile(CASES), at_once=AT_ONCE, seconds=in_profile(SECONDS), shrinks_s=SHRINKS_S)

    samples = "\n\n".join(map(str, hunt.samples))
    repeat = "to repeat one: python -m benchmarks.same_as_rsync --cases 1 --seed ITS_SEED"
    assert not hunt.samples, f"in {hunt.played} cases from seed {seed}:\n\n{samples}\n\n{repeat}"
    assert hunt.played >= LEAST
