"""A person finds a known problem by its id, by a platform, and by what was said."""

from __future__ import annotations

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.platforms import lookup, profiles


def ids(typed: str) -> list[str]:
    return [problem.id for theme in lookup.problems(typed) for problem in theme.problems]


@pytest.mark.parametrize("typed", ["T6", "t6", " T6 "])
def test_a_problem_is_found_by_its_id(typed: str) -> None:
    assert ids(typed) == ["T6"]


@pytest.mark.parametrize("slug", [slug for slug, of in profiles.all_profiles().items() if of.known_problems])
def test_a_platform_means_all_of_its_own(slug: str) -> None:
    """By its name in a profile, and by the one that people know; each of them by its id too."""
    platform = profiles.named(slug)
    own = [problem.id for problem in platform.known_problems]

    assert ids(slug) == ids(platform.display_name.upper()) == own
    assert [ids(one) for one in own] == [[one] for one in own]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("scp: Connection reset by peer", ["T2", "N8"]),
        ("@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", ["T6", "A1", "L1", "R7", "TN1"]),
        ("Host key verification failed.", ["T6", "A1", "L1", "R7", "TN1"]),
        ("hangs after a command", ["E2"]),
        ("hang after COMMAND", ["E2"]),
        ("the libcrypto thing", ["K1"]),
    ],
)
def test_words_mean_what_fits_them_best(typed: str, expected: list[str]) -> None:
    """What was said as a whole, else what has most of the words; a word may go on."""
    assert ids(typed) == expected


@pytest.mark.parametrize(
    ("typed", "what", "hint"),
    [
        ("T66", "there is no known problem `T66`", "did you mean T6, "),
        ("runpd", "no known problem is about `runpd`", "did you mean runpod? all of them by theme: "),
        ("xyzzy plugh", "no known problem is about `xyzzy plugh`", "all of them by theme: "),
        ("jarvislabs", "no problem of JarvisLabs alone is known", "all of them by theme: "),
        (
            "sudo: a password is required",
            "known what it means: sudo on `ALIAS` asks for a password",
            "ssh -t ALIAS sudo visudo",
        ),
    ],
)
def test_what_leads_nowhere_says_where_to_look(typed: str, what: str, hint: str) -> None:
    """A slip has its neighbours; a message that is no known problem may still mean something."""
    with pytest.raises(UsageError) as caught:
        lookup.problems(typed)

    assert what in caught.value.what
    assert hint in caught.value.hint


def test_the_overview_has_every_problem_on_one_screen() -> None:
    """A line for each theme."""
    lines = lookup.overview().splitlines()
    every = [problem.id for platform in profiles.all_profiles().values() for problem in platform.known_problems]

    assert lines[0].split() == ["Boxes", "and", "what", "runs", "on", "them", "B1", "B2", "B4", "B5", "B6", "B7", "B8"]
    assert sorted(every) == sorted(word for line in lines for word in line.split() if word in every)
    assert len(lines) < 24


def test_a_box_of_every_platform_is_looked_at_everywhere_before_it_is_given_back() -> None:
    """Its platform may have been a guess, and a person may have put their work anywhere."""
    assert all(profile.directories.everywhere for profile in profiles.built_in().values())
