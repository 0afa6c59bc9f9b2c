"""Settings fill what is missing and refuse what is unknown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import fabric
import pytest

from ssh_transport import settings
from ssh_transport.errors import SettingsError
from ssh_transport.settings import FleetSettings, HostConfigSettings, SshKeySettings, TransferSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.context import Context

_ALL = (SshKeySettings, HostConfigSettings, TransferSettings, FleetSettings)


def test_every_section_is_tested() -> None:
    """A new section joins the tests below."""
    assert set(_ALL) == set(settings._Settings.__subclasses__())


@pytest.mark.parametrize("kind", _ALL)
def test_defaults_hold_where_nothing_is_said(kind: type[Any], context: Callable[..., Context]) -> None:
    """A missing section and an empty one are the defaults."""
    assert kind() == kind.of(context()) == kind.of(context(**{kind.section: {}}))


def test_one_key_leaves_the_others(context: Callable[..., Context]) -> None:
    """A team that sets one key keeps our defaults for the rest."""
    given = TransferSettings.of(context(transfer={"keepalive_s": 7}))

    assert dataclasses.replace(TransferSettings(), keepalive_s=7) == given
    assert given.silence_s == 28


@pytest.mark.parametrize("name", ["jobs", "streams_max", "logins_per_host"])
def test_of_what_boxes_share_there_is_one_at_least(name: str, context: Callable[..., Context]) -> None:
    with pytest.raises(SettingsError, match=f"`fleet.{name}` is 0"):
        FleetSettings.of(context(fleet={name: 0}))


@pytest.mark.parametrize(
    ("given", "says", "hint"),
    [
        ({"fleet": {"jbos": 1}}, "unknown setting: `fleet.jbos`", "did you mean fleet.jobs?"),
        ({"transfer": {"streams": [1]}}, "`transfer.streams` is [1], not of type str", "the default is 'auto'"),
        ({"keys": {"mine": 1}}, "a section called `keys` stands in the way of Fabric", "rename it; ours is `ssh_keys`"),
    ],
)
def test_a_slip_in_any_section_is_told_before_a_task_runs(
    given: dict[str, Any], says: str, hint: str, context: Callable[..., Context]
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.check(context(**given))

    assert (caught.value.what, caught.value.hint, caught.value.exit_code) == (says, hint, 4)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"transfers": {"streams": "8"}},
            "warning: nothing reads the settings in `transfers`: did you mean transfer?\n",
        ),
        (
            {"config": {"keepalive_s": 3}},
            "warning: nothing reads the settings in `config`: did you mean host_config?\n",
        ),
        ({"transport": {"url": "x"}, "fleets": ["a"], "config": 1, "hygiene": {"jobs": 1}}, ""),
    ],
)
def test_a_section_that_looks_like_ours_is_told_and_a_team_may_have_its_own(
    given: dict[str, Any], told: str, context: Callable[..., Context], capsys: pytest.CaptureFixture[str]
) -> None:
    settings.check(context(**given))

    assert capsys.readouterr().err == told


_DEFAULT = "\n\nhint: the default is 10"


class Refusal(NamedTuple):
    given: dict[str, Any]
    message: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Refusal(
                {"keepalives": 3},
                "error: unknown setting: `transfer.keepalives`\n\nhint: did you mean transfer.keepalive_s?",
            ),
            id="near",
        ),
        pytest.param(
            Refusal(
                {"zzz": 3},
                "error: unknown setting: `transfer.zzz`\n\nhint: known: keepalive_s, keepalive_misses, "
                "connect_timeout_s, attempts, give_up_after_s, resume_over_bytes, streams, streams_max, "
                "streams_limit_bytes, streams_grace_s",
            ),
            id="far",
        ),
        pytest.param(
            Refusal({"attempts": "3"}, "error: `transfer.attempts` is '3', not of type int" + _DEFAULT),
            id="text for a number",
        ),
        pytest.param(
            Refusal(
                {"streams_limit_bytes": 1000},
                "error: `transfer.streams_limit_bytes` is 1000\n\nhint: at least 4194304",
            ),
            id="too little",
        ),
        pytest.param(
            Refusal({"attempts": True}, "error: `transfer.attempts` is True, not of type int" + _DEFAULT),
            id="flag for a number",
        ),
        pytest.param(
            Refusal({"attempts": None}, "error: `transfer.attempts` is None, not of type int" + _DEFAULT),
            id="nothing",
        ),
    ],
)
def test_a_wrong_setting_is_refused(case: Refusal, context: Callable[..., Context]) -> None:
    """The message names the key, what is wrong with it, and what would be right."""
    with pytest.raises(SettingsError) as caught:
        TransferSettings.of(context(transfer=case.given))

    assert case.message == str(caught.value)


def test_no_section_hides_what_fabric_needs() -> None:
    """A section called as an attribute or a setting of Fabric would break it (invoke#764)."""
    connection = fabric.Connection("web", config=fabric.Config(lazy=True))
    taken = {*dir(connection), *vars(connection), *dir(fabric.Config), *dir(dict), *fabric.Config.global_defaults()}

    assert set() == taken & {kind.section for kind in _ALL}


@pytest.mark.parametrize("section", ["fast", 5, True, ["attempts"], {1: 2}, {"attempts": [1]}, {"attempts": {"a": 1}}])
def test_a_section_of_another_shape_is_refused(section: Any, context: Callable[..., Context]) -> None:
    """A YAML file may say anything; what it says wrong is a `SettingsError` that names the section."""
    with pytest.raises(SettingsError, match="`transfer"):
        TransferSettings.of(context(transfer=section))


@pytest.mark.parametrize("section", [None, "", [], 0, False])
def test_an_empty_section_is_the_defaults(section: Any, context: Callable[..., Context]) -> None:
    """A heading with nothing below it says nothing."""
    assert TransferSettings.of(context(transfer=section)) == TransferSettings()
