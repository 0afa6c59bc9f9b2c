"""Who serves whom, without a process or a network: the tree of `transfer.spread`, mended in any order of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.spread.tree import DEGREE, Pair, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

HOME = ""


def planted(number: int, *, spares_root: bool = True) -> Tree:
    return Tree(HOME, [f"b{at}" for at in range(1, number + 1)], spares_root=spares_root)


def children(pairs: Sequence[Pair], parent: str) -> list[str]:
    return [pair.child for pair in pairs if pair.parent == parent]


def test_this_machine_serves_one_and_every_box_at_most_three() -> None:
    """All at once: pieces pass on as they come."""
    pairs = planted(13).begin()

    assert len(pairs) == 13
    assert children(pairs, HOME) == ["b1"]
    assert children(pairs, "b1") == ["b2", "b3", "b4"]
    assert all(len(children(pairs, name)) <= DEGREE for name in {pair.parent for pair in pairs})


def test_a_source_that_is_a_box_serves_as_many_as_any() -> None:
    pairs = planted(4, spares_root=False).begin()

    assert children(pairs, HOME) == ["b1", "b2", "b3"]
    assert children(pairs, "b1") == ["b4"]


def test_who_has_it_all_makes_room_and_serves_on() -> None:
    tree = planted(6)
    tree.begin()

    for name in ("b1", "b2", "b3"):
        tree.whole(name)
    tree.broke(Pair("b2", "b5"), parent_lost=False)

    assert tree.begin() == [Pair("b1", "b5")]


def test_the_children_of_a_dead_box_find_another_parent() -> None:
    tree = planted(6)
    assert Pair("b2", "b5") in tree.begin()

    tree.broke(Pair("b2", "b5"), parent_lost=True)
    tree.broke(Pair("b1", "b2"), parent_lost=False)

    assert tree.begin() == [Pair("b1", "b5"), Pair("b4", "b2")]


def test_the_first_box_dies_and_one_other_is_served_from_here() -> None:
    """What it has come to have is not lost: its own children stay."""
    tree = planted(6)
    tree.begin()

    for child in ("b2", "b3", "b4"):
        tree.broke(Pair("b1", child), parent_lost=True)
    tree.broke(Pair(HOME, "b1"), parent_lost=False)
    pairs = tree.begin()

    assert len(children(pairs, HOME)) == 1
    assert {pair.child for pair in pairs} == {"b1", "b2", "b3", "b4"}


def test_whom_three_can_not_reach_is_served_from_here_and_else_is_lost() -> None:
    tree = planted(5)
    pairs = tree.begin()
    for _ in range(3):
        parent = next(pair.parent for pair in pairs if pair.child == "b5")
        tree.broke(Pair(parent, "b5"), parent_lost=False)
        pairs = tree.begin()

    assert pairs == [Pair(HOME, "b5")]

    tree.broke(Pair(HOME, "b5"), parent_lost=False)
    assert tree.begin() == []
    assert tree.lost == ["b5"]
    assert not tree.is_over


def test_who_was_told_to_have_it_all_and_has_not_serves_nobody() -> None:
    tree = planted(2)
    tree.begin()
    tree.whole("b1")

    tree.unfit("b1")
    tree.broke(Pair("b1", "b2"), parent_lost=True)

    assert tree.begin() == [Pair(HOME, "b2")]


@given(st.integers(1, 12), st.booleans(), st.randoms(use_true_random=False))
def test_in_any_order_of_faults_it_ends_and_nobody_is_forgotten(number: int, spares: bool, chance: Random) -> None:
    """No circle; no dead box serves; no box serves more than the degree; who is not lost has it all."""
    tree = planted(number, spares_root=spares)
    under_way: list[Pair] = []
    whole: set[str] = set()
    dead: set[str] = set()
    steps = 0
    while not tree.is_over:
        begun = tree.begin()
        assert not {pair.parent for pair in begun} & dead
        under_way += begun
        if not under_way:
            break
        parents = {pair.child: pair.parent for pair in under_way}
        for name, parent in parents.items():
            seen, above = {name}, parent
            while above in parents:
                assert above not in seen
                seen.add(above)
                above = parents[above]
        for name in whole | parents.keys():
            assert len(children(under_way, name)) <= DEGREE
        fed = [pair for pair in under_way if pair.parent == HOME or pair.parent in whole]
        pair = chance.choice(under_way)
        if chance.random() < 0.5 and fed:
            pair = chance.choice(fed)
            whole.add(pair.child)
            tree.whole(pair.child)
        else:
            is_dead = pair.parent != HOME and chance.random() < 0.3
            dead |= {pair.parent} if is_dead else set()
            tree.broke(pair, parent_lost=is_dead)
        under_way.remove(pair)
        steps += 1
        assert steps < 1000
    assert tree.is_over
    assert whole | set(tree.lost) == {f"b{at}" for at in range(1, number + 1)}
    assert not whole & set(tree.lost)
