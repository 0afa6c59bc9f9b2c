"""One walk for all who list a tree: level by level, and bounded."""

from __future__ import annotations

import pytest

from ssh_transport.errors import Incomplete
from ssh_transport.trees.walk import Walk

TREE = {"": ["a", "b"], "a": ["a/c"], "b": [], "a/c": []}


def test_all_of_a_level_is_listed_before_the_next() -> None:
    asked: list[list[str]] = []

    def listed(level: list[str]) -> list[list[str]]:
        asked.append(level)
        return [TREE[name] for name in level]

    walk = Walk([""], listed, "top")
    for _, below in walk:
        walk.enter(below)

    assert asked == [[""], ["a", "b"], ["a/c"]]


def test_a_tree_without_an_end_is_walked_for_a_hundred_levels() -> None:
    """A box may list what it likes."""
    walk = Walk([0], lambda level: level, "/data\x1b")
    depths = []

    def enter_all() -> None:
        for depth, _ in walk:
            depths.append(depth)
            walk.enter([depth + 1])

    with pytest.raises(Incomplete, match=r"more than 100 directories deep: `/data\\x1b`"):
        enter_all()

    assert depths == list(range(100))


def test_more_names_than_can_be_held_end_it() -> None:
    walk = Walk([""], lambda level: level, "/data", most_names=10)
    walk.count(10)

    with pytest.raises(Incomplete, match="more than 10 names"):
        walk.count(1)
