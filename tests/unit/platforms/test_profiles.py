"""The profiles: all load, none lets a secret out, what people add counts, and mistakes are named."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport.errors import SettingsError
from ssh_transport.platforms import endpoint, profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ssh_transport.platforms.profile import KnownProblem, Profile

pytestmark = pytest.mark.usefixtures("own_profiles")

HOST = "by its host name"

PLATFORMS = {
    "autodl",
    "featurize",
    "generic",
    "gpushare",
    "jarvislabs",
    "lambda",
    "lanrui",
    "lightning",
    "matpool",
    "openbayes",
    "paperspace",
    "runpod",
    "tensordock",
    "tunnel",
    "vastai",
    "virtai",
    "vm",
}


def test_every_platform_has_a_profile_that_loads() -> None:
    """All of them are there, and ``generic`` comes last."""
    known = profiles.all_profiles()

    assert set(known) == PLATFORMS
    assert list(known)[-1] == profiles.GENERIC


def test_a_known_problem_is_known_by_its_id_alone() -> None:
    """No id is used twice, in whatever files."""
    ids = Counter(problem.id for problem in _known_problems())

    assert [name for name, count in ids.items() if count > 1] == []


def test_the_weak_kinds_say_how_to_get_a_better_one() -> None:
    """RunPod's proxy gives a terminal alone, Vast's is slow; every other kind does all at full speed."""
    kinds = {(profile.slug, reach.name): reach for profile in _profiles() for reach in profile.endpoints}
    weak = {name for name, reach in kinds.items() if len(reach.capabilities) < 3 or reach.slow_over_bytes}

    assert {("runpod", "proxied"), ("vastai", "proxied")} == weak
    assert kinds["runpod", "proxied"].capabilities == ("terminal",)
    assert "SSH over exposed TCP" in kinds["runpod", "proxied"].better
    assert kinds["vastai", "proxied"].slow_over_bytes == 1_000_000_000
    assert "vastai ssh-url" in kinds["vastai", "proxied"].better


@pytest.mark.parametrize("slug", sorted(PLATFORMS))
def test_a_secret_never_goes_where_others_see_it(slug: str) -> None:
    """Every shared mount, under each of its names, is outside what is allowed or inside what is denied."""
    profile = profiles.all_profiles()[slug]
    shared = [path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases)]

    assert _within(profile.directories.home, profile.secrets.allow)
    assert not _within(profile.directories.home, profile.secrets.deny)
    assert [path for path in shared if not _within(path, profile.secrets.deny)] == []


def test_a_profile_of_the_users_extends_lists_and_overrides_keys(own_profiles: Path) -> None:
    """What the user says of a platform of ours goes first in lists and replaces single values; the rest stays."""
    ours = profiles.all_profiles()["vastai"]
    (own_profiles / "vastai.toml").write_text(
        r"""
        display_name = "Vast at work"
        secrets.deny = ["/work"]
        tools.python = ["/opt/python"]
        [[endpoints]]
        name = "jump"
        host = 'vast\.example\.org'
        capabilities = ["exec"]
        better = "ask the team"
        [[known_problems]]
        id = "W1"
        symptom = "s"
        cause = "c"
        fix = "f"
        """
    )
    profiles.all_profiles.cache_clear()

    merged = profiles.all_profiles()["vastai"]
    profile, why = profiles.recognise(endpoint.parse("me@vast.example.org"))

    assert merged.display_name == "Vast at work"
    assert merged.console == ours.console
    assert merged.secrets.allow == ours.secrets.allow
    assert merged.secrets.deny == ("/work", *ours.secrets.deny)
    assert merged.tools.python == ("/opt/python", *ours.tools.python)
    assert merged.tools.install_rsync == ours.tools.install_rsync
    assert [reach.name for reach in merged.endpoints] == ["jump", "proxied", "direct"]
    assert [problem.id for problem in merged.known_problems] == ["W1", *(problem.id for problem in ours.known_problems)]
    assert (profile.slug, why) == ("vastai", HOST)


MINE = {
    "display_name": '"Mine"',
    "console": '"ask the team"',
    "first_login": '"key"',
    "endpoints": r"""[{ name = "direct", host = 'gpu\d+\.example\.org', capabilities = ["exec", "sftp"] }]""",
    "directories": '{ home = "/home/me" }',
    "secrets": '{ allow = ["/home/me"] }',
}


def test_a_platform_of_the_users_is_recognised(own_profiles: Path) -> None:
    """A new file is a new platform, named for the file."""
    _write(own_profiles, MINE)

    profile, why = profiles.recognise(endpoint.parse("me@gpu7.example.org"))

    assert (profile.slug, profile.display_name, why) == ("mine", "Mine", HOST)


class Broken(NamedTuple):
    """A key that is wrong, and what the error says of it."""

    test_id: str
    key: str
    value: str | None
    says: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Broken("a word for a list", "endpoints", '"direct"', ("Expected `array`, got `str`", "`endpoints`")),
        Broken("a number for a word", "console", "7", ("Expected `str`, got `int`", "`console`")),
        Broken("a number in a list", "secrets", "{ allow = [7] }", ("Expected `str`", "`secrets.allow[0]`")),
        Broken("no endpoint", "endpoints", "[]", ("`endpoints` needs at least one table",)),
        Broken("an unknown key", "colour", '"red"', ("unknown field `colour`",)),
        Broken("an unknown key in a table", "tools", '{ pyton = ["x"] }', ("unknown field `pyton`", "`tools`")),
        Broken("no console", "console", None, ("missing required field `console`",)),
        Broken("no home", "directories", "{}", ("missing required field `home`", "`directories`")),
        Broken("a word that is not one of them", "first_login", '"luck"', ("'luck'", "`first_login`")),
        Broken(
            "a bad host pattern",
            "endpoints",
            """[{ name = "direct", host = '(', capabilities = [] }]""",
            ("`host` needs a regular expression, `(` is none", "`endpoints[0]`"),
        ),
        Broken("a bad hint", "hints", "{ tunnel = '*' }", ("`tunnel` needs a regular expression", "`hints`")),
        Broken(
            "a bad pattern of a known problem",
            "known_problems",
            """[{ id = "M1", symptom = "s", cause = "c", fix = "f", seen = ['ok', '[']}]""",
            ("`seen` needs a regular expression, `[` is none", "`known_problems[0]`"),
        ),
        Broken("no TOML", "console", "ask the team", ("is no TOML", "line 2")),
    ],
    ids=lambda case: case.test_id,
)
def test_a_broken_profile_names_file_key_and_expectation(case: Broken, own_profiles: Path) -> None:
    """Whoever wrote it finds the place, and knows what belongs there."""
    _write(own_profiles, {**MINE, case.key: case.value})

    with pytest.raises(SettingsError) as caught:
        profiles.all_profiles()

    assert [part for part in (str(own_profiles / "mine.toml"), *case.says) if part not in str(caught.value)] == []


def test_a_broken_addition_to_ours_names_the_users_file(own_profiles: Path) -> None:
    """Ours was right before; the fault is in the file that was added."""
    (own_profiles / "runpod.toml").write_text("tools.rsync = 'perhaps'\n")
    profiles.all_profiles.cache_clear()

    with pytest.raises(SettingsError, match=re.escape(str(own_profiles / "runpod.toml"))) as caught:
        profiles.all_profiles()

    assert "`tools.rsync`" in str(caught.value)


def _write(own: Path, values: Mapping[str, str | None]) -> None:
    lines = [f"{key} = {value}\n" for key, value in values.items() if value is not None]
    (own / "mine.toml").write_text("".join(lines))
    profiles.all_profiles.cache_clear()


def _profiles() -> list[Profile]:
    return list(profiles.all_profiles().values())


def _known_problems() -> list[KnownProblem]:
    return [problem for profile in _profiles() for problem in profile.known_problems]


def _within(path: str, directories: Iterable[str]) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for directory in directories)
