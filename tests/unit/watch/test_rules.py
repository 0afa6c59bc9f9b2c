"""The rules of a watch: what is refused before any box is asked, and what ends it."""

from __future__ import annotations

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.watch import Rules


@pytest.mark.parametrize(
    "wrong",
    [
        {"every_s": 0},
        {"settle_s": 0},
        {"rounds": -1},
        {"done_marker": "a/b"},
        {"done_marker": ".."},
        {"until": "/DONE"},
        {"until": "../DONE"},
        {"until": "a//b"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Rules(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("until", "name", "over"),
    [
        ("DONE", "DONE", True),
        ("DONE", "run/DONE", False),
        ("run-*/DONE", "run-1/DONE", True),
        ("run-*", "run-1/DONE", False),
        ("DONE", "done", False),
        ("", "", False),
    ],
)
def test_a_wildcard_stays_within_its_part_of_the_path(until: str, name: str, *, over: bool) -> None:
    assert Rules(until=until).is_over(["other", name]) == over
