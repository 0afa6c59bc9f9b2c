"""The boxes that a platform's own command lists; what it prints is believed in nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jmespath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssh_transport.errors import CommandFailed, EndpointError, SettingsError, UsageError
from ssh_transport.facts import instances as module
from ssh_transport.facts.instances import Instance, instances, listing, listings, unread
from ssh_transport.platforms.profile import Listing, Way
from tasks import config
from tests.support.platform_command import PLAIN, address, command, stand_in

if TYPE_CHECKING:
    from pathlib import Path


# What each platform's documented shape leads to.
EXPECTED = {
    "vastai": [
        ("12345", "train", "root@203.0.113.7:41234"),
        ("12346", "", "root@ssh6.vast.ai:22347"),
        ("12347", "", "root@ssh7.vast.ai:32346"),
        ("12348", "later", ""),
    ],
    "runpod": [("ab12cd34ef", "my pod", "root@203.0.113.9:22111"), ("zz99", "asleep", "")],
    "lambda": [
        ("0920582c7ff041399e34823a0be62549", "training-node-1", "ubuntu@203.0.113.10:22"),
        ("1111", "", ""),
    ],
    "aws": [("i-1234567890abcdef0", "gpu", "203.0.113.11:22"), ("i-2", "", "")],
    "gcloud": [("4567890123456789012", "a100-1", "203.0.113.12:22"), ("2", "inside", "")],
    "hcloud": [("1234", "cli-test", "root@192.0.2.1:22")],
    "doctl": [("1111", "some-droplet-name", "root@203.0.113.13:22")],
}


def printing(commands: Path, text: str) -> list[Instance]:
    """Return what is read out of a text."""
    (commands.parent / "text").write_text(text)
    command(commands, "lists", f"cat '{commands.parent / 'text'}'\n")
    return instances(PLAIN)


def test_every_listing_is_tried() -> None:
    """A profile that gets one needs its documented shape here."""
    assert EXPECTED.keys() == listings().keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_documented_shape_is_read(name: str, commands: Path) -> None:
    """Each platform says it in its own way."""
    stand_in(commands, name)

    found = instances(listing(name)[1])

    assert [(one.id, one.label, address(one.endpoint)) for one in found] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_an_expression_of_a_profile_is_one(name: str) -> None:
    """They are looked at when they are used."""
    found = listings()[name][1]
    ways = (word for way in found.ways for word in (way.host, way.port))
    for expression in (found.instances, found.id, found.label, found.running, *ways):
        assert not expression or jmespath.compile(expression)


def test_an_expression_that_is_none_is_a_fault_of_the_profile(commands: Path) -> None:
    """Told as a setting, as it may be the person's own."""
    command(commands, "lists", "echo '[{}]'\n")
    with pytest.raises(SettingsError, match=r"`id\[` is no expression"):
        instances(Listing(command=("lists",), get="", id="id[", ways=(Way(host="host"),)))


def test_a_user_can_be_named(commands: Path) -> None:
    """Where the platform does not say whom its image lets in."""
    stand_in(commands, "aws")

    found = instances(listing("aws")[1], user="ec2-user")[0].endpoint
    assert found
    assert found.user == "ec2-user"
    with pytest.raises(EndpointError):
        instances(listing("aws")[1], user="-oProxyCommand=x")


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        ("vast", "no platform is called `vast`", "did you mean vastai?"),
        ("vm", "`vm` is not one platform", "take one of aws, gcloud, hcloud, doctl"),
        (
            "autodl",
            "AutoDL has no command that lists boxes",
            "paste what its console shows: ssh-transport config.add PROJECT 'ssh ...'",
        ),
    ],
)
def test_a_platform_without_a_command_is_told(name: str, what: str, hint: str) -> None:
    """With what can be done instead."""
    with pytest.raises(UsageError) as caught:
        listing(name)

    assert (caught.value.what, caught.value.hint) == (what, hint)


BOX = {"id": "a", "name": "n", "host": "h.example", "port": 22}


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "-oProxyCommand=x"},
        {"host": "a b"},
        {"host": "h.example\nProxyCommand x"},
        {"host": "a" * 300},
        {"host": ["h.example"]},
        {"host": True},
        {"host": None},
        {"port": 0},
        {"port": 65536},
        {"port": -1},
        {"port": True},
        {"port": 22.0},
        {"port": "22 "},
        {"port": "\uff12\uff12"},
        {"port": None},
        {"port": {"a": 1}},
        {"port": 10**400},
    ],
    ids=repr,
)
def test_what_is_no_address_is_none(changes: dict[str, Any], commands: Path) -> None:
    """It would stand in a line of the ssh config."""
    (found,) = printing(commands, json.dumps([BOX | changes]))

    is_there = all(value is not None for value in changes.values())
    assert found.endpoint is None
    assert found.unread == (next(iter(changes)) if is_there else "")


def test_what_can_not_be_read_is_named_with_its_boxes() -> None:
    """Once for each part of the listing."""
    boxes = [Instance(name, "", None, field) for name, field in (("1", "ip"), ("2", "port"), ("3", "ip"), ("4", ""))]
    error = unread(PLAIN, boxes)

    assert error
    assert error.what == "can't read what `lists` prints"
    assert error.cause == "there is no address or port at `ip` of 1, 3; there is no address or port at `port` of 2"


def test_a_port_and_a_user_that_the_platform_does_not_say_are_no_words_of_it(commands: Path) -> None:
    """Those of an alias may be others."""
    stand_in(commands, "hcloud")
    (plain,) = instances(listing("hcloud")[1])
    (named,) = instances(listing("hcloud")[1], user="me")

    assert plain.endpoint
    assert (plain.endpoint.port, plain.user) == (None, "")
    assert named.user == "me"


@pytest.mark.parametrize("name", ["", "-x", "a b", "a\nb", "ü", "a" * 129, None, True, 1.5, ["a"], {}], ids=repr)
def test_a_box_without_a_name_of_its_own_is_refused(name: Any, commands: Path) -> None:
    """It could not be found again, and would be given to a command."""
    with pytest.raises(CommandFailed, match="can't read what `lists` prints"):
        printing(commands, json.dumps([BOX, BOX | {"id": name}]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no login",
        "{",
        "[1, 2",
        "[" * 99_999,
        '{"id": 1}',
        "null",
        "[null]",
        "[[[]]]",
        '"text"',
        "9" * 9_999,
        '["\\ud800"]',
    ],
    ids=lambda text: text[:9],
)
def test_what_is_no_list_is_told(text: str, commands: Path) -> None:
    """Whatever is printed, no traceback."""
    with pytest.raises(CommandFailed, match="can't read what `lists` prints"):
        printing(commands, text)


def test_no_box_is_no_fault(commands: Path) -> None:
    """Who has none gets none."""
    assert printing(commands, "[]") == []


def test_thousands_of_boxes_are_refused(commands: Path) -> None:
    """Nobody has so many; the ssh config would be full of them."""
    with pytest.raises(CommandFailed) as caught:
        printing(commands, json.dumps([BOX | {"id": number} for number in range(1001)]))

    assert caught.value.cause == "it lists more than 1,000 boxes"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "name", "host", "port"), VALUES)), max_size=3
    )
)
def test_whatever_is_listed_is_an_address_or_told(found: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint holds nothing that would not be taken from a pasted text."""
    monkeypatch.setattr(module, "_json", lambda *_: found)
    try:
        listed = instances(PLAIN)
    except CommandFailed:
        return
    for one in listed:
        assert one.id.isprintable()
        assert one.endpoint is None or module.address.host(one.endpoint.host)


def test_the_help_names_every_platform() -> None:
    """Who asks for help need not guess."""
    said = config.sync.help["platform"]

    assert said.partition(": ")[2].split(", ") == list(dict.fromkeys(EXPECTED))
