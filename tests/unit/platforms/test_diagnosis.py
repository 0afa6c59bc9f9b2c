"""A message leads to the trap it means, and every fix can be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import CommandFailed, UsageError
from ssh_transport.platforms import diagnosis, profiles
from ssh_transport.platforms.profile import KnownProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

_CHANGED = "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!"


@pytest.mark.parametrize(
    ("slug", "said", "problem_id"),
    [
        ("autodl", _CHANGED, "A1"),
        ("runpod", _CHANGED, "R7"),
        ("lambda", _CHANGED, "L1"),
        ("generic", _CHANGED, "T6"),
        ("paperspace", _CHANGED, "T6"),
        ("autodl", "Read from remote host 203.0.113.7: Connection reset by peer", "T2"),
    ],
)
def test_the_traps_of_the_platform_go_first(slug: str, said: str, problem_id: str) -> None:
    """A platform's own trap is found before the general one, and the general one where it has none."""
    found = diagnosis.find(f"could not connect\n{said}\n", profiles.named(slug))

    assert found
    assert found.id == problem_id


@pytest.mark.parametrize("said", ["", "all went well", "could not connect to `web`"])
def test_what_means_nothing_leads_nowhere(said: str) -> None:
    """No trap is better than a wrong one."""
    assert diagnosis.find(said, profiles.named("generic")) is None


def test_the_traps_of_another_platform_are_not_meant() -> None:
    """What is true on one platform explains nothing on another."""
    said = "Error: Your SSH client doesn't support PTY"

    assert diagnosis.find(said, profiles.named("runpod"))
    assert diagnosis.find(said, profiles.named("autodl")) is None


def test_an_error_carries_the_trap_of_its_box(make_box: Callable[..., Box]) -> None:
    """The host of the box tells the platform, and what and cause are both looked at."""
    error = CommandFailed("it failed", cause=_CHANGED)
    box = make_box(host="connect.westb.seetacloud.com")
    diagnosis.explain(error, box.platform[0], box.name)

    assert error.known_problem
    assert error.known_problem.id == "A1"
    assert "known as A1: " in str(error)


def test_a_trap_that_is_known_already_stays(make_box: Callable[..., Box]) -> None:
    """Whoever knows better than the words is not overruled."""
    mine = KnownProblem(id="X1", symptom="s", cause="c", fix="f")
    error = CommandFailed("it failed", cause=_CHANGED)
    error.known_problem = mine
    diagnosis.explain(error, make_box().platform[0], "proj-1")

    assert error.known_problem is mine


@pytest.mark.parametrize("typed", ["T6", "t6"])
def test_a_trap_is_found_by_its_id(typed: str) -> None:
    """Capitals or not, the trap comes with its platform."""
    profile, problem = diagnosis.named(typed)

    assert (profile.slug, problem.id) == ("generic", "T6")


def test_every_trap_is_found_by_its_id() -> None:
    """No trap hides behind another."""
    for profile in profiles.all_profiles().values():
        for problem in profile.known_problems:
            assert diagnosis.named(problem.id) == (profile, problem)


def test_an_unknown_id_names_its_neighbours() -> None:
    """A typing mistake leads to the nearest ids, anything else to all of them."""
    with pytest.raises(UsageError, match="there is no known problem `T66`") as near:
        diagnosis.named("T66")
    with pytest.raises(UsageError) as far:
        diagnosis.named("?")

    assert "T6" in near.value.hint
    assert len(near.value.hint.split(",")) <= 3
    assert len(far.value.hint.split(",")) > 20
