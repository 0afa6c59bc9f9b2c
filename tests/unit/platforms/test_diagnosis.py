"""A message leads to the trap it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import CommandFailed
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
