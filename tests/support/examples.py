"""How many examples a property is tried with."""

from __future__ import annotations

import hypothesis

# `--hypothesis-profile` chooses one: what a property has where it asks for no number of its own. Several start real
# programs, whose time says nothing. With each change fifty take half the time of a hundred; there are a thousand every
# night.
PROFILES = {"quick": 20, "usual": 50, "nightly": 1000}
# What a property that asks for a number of its own has in mind.
_WHOLE = 100


def load_profiles() -> None:
    """Make the profiles known, and start from the usual one."""
    for name, number in PROFILES.items():
        hypothesis.settings.register_profile(
            name,
            deadline=None,
            database=None,
            max_examples=number,
            suppress_health_check=[hypothesis.HealthCheck.too_slow],
        )
    hypothesis.settings.load_profile("usual")


def max_examples(number: int) -> hypothesis.settings:
    """Try so many with a profile of a hundred, and as many more or less with another as it has."""
    return hypothesis.settings(max_examples=in_profile(number))


def in_profile(number: int) -> int:
    """Return a number of a profile of a hundred as the chosen one has it, at least 1."""
    return max(1, number * hypothesis.settings().max_examples // _WHOLE)
