"""One direction of a striped link on a virtual clock: speed, order, and memory whatever happens to the lanes."""

from __future__ import annotations

import random

import pytest

from ssh_transport.link.stripe.flow import OVERHEAD_BYTES, Receiver, Sender
from ssh_transport.link.stripe.frame import DATA, EOF, EXIT, SHUT, ProtocolError
from ssh_transport.link.stripe.lane import Lane
from tests.support.paths import Path, World

MB = 1_000_000
LIMIT_BYTES = 32 << 20


def rate_of(world: World, seconds: float) -> float:
    before = world.received_bytes
    world.run(seconds)
    return (world.received_bytes - before) / seconds


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.0005, 0.01, 0.05, 0.1])
def test_a_lane_ten_times_slower_does_not_hold_the_others_up(delay_s: float) -> None:
    world = World([*(Path(10 * MB, delay_s) for _ in range(3)), Path(MB, delay_s)])
    world.run(3)
    assert rate_of(world, 6) >= 0.9 * 31 * MB


@pytest.mark.slow
def test_lanes_as_slow_as_lossy_ones_are_all_used() -> None:
    world = World([Path(60_000 * (1 + lane), 0.05) for lane in range(8)])
    world.run(5)
    assert rate_of(world, 20) >= 0.9 * 36 * 60_000
    assert world.sender.again_bytes < 0.05 * world.sent_bytes


@pytest.mark.slow
def test_a_lane_holds_no_more_than_it_delivers_in_a_few_round_trips() -> None:
    """However long it runs: what waits in a lane must not pass for the length of the way."""
    slow = Path(MB, 0.05)
    world = World([Path(10 * MB, 0.05), slow])
    world.run(40)
    most = 0
    for _ in range(40):
        world.run(0.5)
        most = max(most, slow.lane.flight_bytes)
    assert most < MB * 0.6


@pytest.mark.slow
def test_lanes_that_began_together_run_nearly_empty_one_after_another() -> None:
    """All at once would be a gap in what the line carries; nor do they come together later."""
    paths = [Path(MB, 0.05) for _ in range(12)]
    world = World(paths)
    world.run(60)
    most, ran_empty = 0, set()
    for _ in range(600):
        world.run(0.05)
        looking = [path for path in paths if path.lane.window_bytes < 0.5 * path.lane._window_bytes]
        most = max(most, len(looking))
        ran_empty.update(looking)
    assert most == 1
    assert len(ran_empty) == len(paths)


def test_a_lane_that_falls_silent_does_not_stop_the_others() -> None:
    """For longer than the memory could hide it; what was on it goes again over the others."""
    world = World([*(Path(10 * MB, 0.05) for _ in range(3)), Path(10 * MB, 0.05, ((3.0, 60.0),))])
    world.run(3)
    assert rate_of(world, 8) >= 0.9 * 30 * MB
    assert 0 < world.sender.again_bytes < 0.05 * world.sent_bytes


def test_a_lane_that_becomes_faster_is_used_more() -> None:
    changing = Path(MB, 0.05)
    world = World([Path(MB, 0.05), changing])
    world.run(5)
    changing.rate_bytes_s = 10 * MB
    world.run(5)
    assert rate_of(world, 5) >= 0.9 * 11 * MB


@pytest.mark.slow
def test_a_way_that_becomes_longer_still_carries_as_much() -> None:
    paths = [Path(5 * MB, 0.01) for _ in range(2)]
    world = World(paths)
    world.run(5)
    for path in paths:
        path.delay_s = 0.15
    world.run(60)
    assert rate_of(world, 10) >= 0.9 * 10 * MB


@pytest.mark.parametrize("seed", range(12))
def test_every_byte_arrives_once_and_in_order_through_random_cuts_and_stalls(seed: int) -> None:
    """The receiver of the simulation compares what it hands on; lanes come, stall, end, all of them at times."""
    chance = random.Random(seed)  # noqa: S311 - the same in every run

    def path() -> Path:
        since_s = chance.uniform(0, 20)
        stall = ((since_s, since_s + chance.choice([0.1, 1, 9])),)
        return Path(chance.choice([0.1, 1, 8]) * MB, chance.choice([0.0005, 0.02, 0.1]), stall)

    limit_bytes = chance.choice([1 << 20, 8 << 20])
    world = World([path() for _ in range(4)], limit_bytes, total_bytes=20 * MB)
    for _ in range(2000):
        world.run(chance.uniform(0.01, 0.4))
        if world.has_ended:
            break
        event = chance.random()
        if event < 0.3 and world.paths:
            world.cut(chance.choice(world.paths))
        elif event < 0.33:
            for one in world.paths[:]:
                world.cut(one)
        elif len(world.paths) < 5:
            world.add(path())
    assert world.has_ended
    assert world.received_bytes == world.sent_bytes == 20 * MB
    assert world.most_held_bytes <= limit_bytes + 16 * OVERHEAD_BYTES


def test_nothing_is_taken_up_while_there_is_no_lane() -> None:
    assert not Sender(LIMIT_BYTES).wants


def receiver(limit_bytes: int = 1 << 20) -> Receiver:
    return Receiver(limit_bytes, frozenset((DATA, EOF, EXIT)))


def flood(taking: Receiver, numbers: range, payload: bytes) -> None:
    for number in numbers:
        taking.accept(DATA, number, payload)


def test_more_than_was_agreed_is_refused() -> None:
    """Whether it comes in order and is not read, or early."""
    for first in (0, 1):
        taking = receiver()
        with pytest.raises(ProtocolError, match="more under way"):
            flood(taking, range(first, 100), bytes(1 << 18))
        assert taking._held_bytes < 2 << 20


def test_tiny_frames_count_for_what_they_cost() -> None:
    taking = receiver()
    with pytest.raises(ProtocolError, match="more under way"):
        flood(taking, range(1, 1 << 20), b"x")
    assert len(taking._early) < 1 << 13


@pytest.mark.parametrize("number", [1 << 13, 1 << 40, (1 << 64) - 1])
def test_a_number_far_ahead_is_refused(number: int) -> None:
    with pytest.raises(ProtocolError, match="more under way"):
        receiver().accept(DATA, number, b"x")


@pytest.mark.parametrize(("end", "more"), [(EOF, DATA), (EOF, EOF), (EXIT, DATA), (EXIT, EXIT)])
def test_nothing_comes_behind_the_end(end: int, more: int) -> None:
    taking = receiver()
    taking.accept(end, 0, b"")
    with pytest.raises(ProtocolError, match="behind the end"):
        taking.accept(more, 1, b"x")


def test_a_kind_that_has_no_business_in_a_direction_is_refused() -> None:
    with pytest.raises(ProtocolError, match="in this direction"):
        receiver().accept(SHUT, 0, b"")


def test_acknowledgements_of_what_was_never_sent_are_refused() -> None:
    sender, lane = Sender(LIMIT_BYTES), Lane(0, 0.0)
    sender.lanes.append(lane)
    sender.push(DATA, b"x")
    sender.assign(0.0)
    with pytest.raises(ProtocolError, match="never sent"):
        sender.acknowledge(lane, 2, 0, 0.1)
    with pytest.raises(ProtocolError, match="never brought"):
        sender.acknowledge(lane, 0, 2, 0.1)
    sender.acknowledge(lane, 1, 1, 0.1)
    assert sender.is_idle
