"""
Random copies: both engines against plain rsync.

    python -m benchmarks.same_as_rsync [--cases N] [--seed N] [--minutes N] [--at-once N] [--samples N]
        [--without FEATURE...]

Each case has a seed of its own, the first one that of `--seed`, so that ``--cases 1 --seed N`` repeats one. Every kind
of difference is told with up to so many samples, made as small as they go. Features are named as in the first table:
``--without=--exclude`` looks for what has nothing to do with patterns. The exit code is 1 if there was any difference.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from functools import partial

from tests.support.same_as_rsync.hunt import Hunt
from tests.support.same_as_rsync.stage import stage

from .world import show


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--minutes", type=float, default=24 * 60)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--without", action="append", default=[])
    given = parser.parse_args()
    tell = partial(print, file=sys.stderr, flush=True)
    tell(f"seed {given.seed}")
    with stage() as ready:
        hunt = Hunt(ready, given.seed, samples=given.samples, without=given.without, tell=tell)
        hunt.run(given.cases, at_once=given.at_once, seconds=60 * given.minutes)
    show(f"{hunt.played:,} cases from seed {given.seed}", ("what", "cases"), hunt.features.most_common())
    rows = [(*key, count) for key, count in hunt.kinds.most_common()]
    show("Kinds of differences", ("engine", "difference", "cases"), rows)
    for sample in hunt.samples:
        print(f"{sample}\n")
    return int(bool(hunt.kinds))


if __name__ == "__main__":
    sys.exit(main())
