"""The cases that are compared with plain rsync: drawn from a seed, and made small."""

from __future__ import annotations

import time

from tests.support.same_as_rsync.case import Tree, above
from tests.support.same_as_rsync.drawn import drawn
from tests.support.same_as_rsync.shrunk import shrunk

SEEDS = range(200)


def is_whole(tree: Tree) -> bool:
    """Whether every name but the top is below a directory that comes before it."""
    names = list(tree)
    return all(
        above(name) in names[:at] and tree[above(name)].kind == "d" for at, name in enumerate(names) if at
    ) and names[:1] == [""]


def test_a_seed_gives_the_same_case_every_time() -> None:
    assert [str(drawn(seed)) for seed in SEEDS] == [str(drawn(seed)) for seed in SEEDS]


def test_every_tree_can_be_made() -> None:
    cases = [drawn(seed) for seed in SEEDS]

    assert all(is_whole(case.source) and is_whole(case.target or {"": case.source[""]}) for case in cases)


def test_every_feature_is_drawn() -> None:
    """A few hundred cases have each at least once."""
    found = {feature for seed in SEEDS for feature in drawn(seed).features()}

    assert {"pull", "push", "copy", "--delete", "--exclude", "--copy-links", "--inplace", "--atomic"} <= found
    assert {"the target is missing", "the target is a file", "contents", "target slash", "target link"} <= found


def test_a_case_is_made_as_small_as_its_difference_lets_it_be() -> None:
    """All that is left is what the difference hangs on."""
    case = next(case for case in map(drawn, SEEDS) if case.delete and len(case.source) > 10 and case.target)
    name = list(case.source)[-1]

    small = shrunk(case, lambda one: one.delete and name in one.source, time.monotonic() + 10)

    needed = {name} | {up for up in case.source if f"{name}/".startswith(f"{up}/") or not up}
    assert (set(small.source), small.target, small.exclude, small.delete) == (needed, None, (), True)
