"""Every box that a platform lists has an alias that leads to it; no alias is taken away."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ssh_transport.facts.instances import Instance
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import resolve
from ssh_transport.operations.alias import AliasSettings, ensure_alias, update_alias, way_options
from ssh_transport.operations.sync import Sync, sync_aliases
from ssh_transport.platforms.endpoint import Endpoint, parse

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles

STYLE = AliasSettings(
    identity="~/.ssh/id_ed25519", keepalive_s=60, keepalive_misses=120, platform="vastai", group="vastai"
)


def at(number: str, port: int | None, label: str = "", host: str = "203.0.113.7") -> Instance:
    return Instance(number, label, Endpoint(host=host, user="root", port=port) if port else None)


def rows(sync: Sync) -> list[tuple[str, str, str]]:
    return [(box.what, box.alias, box.address) for box in sync.boxes]


def test_a_new_box_gets_an_alias_in_its_group(ssh: SshFiles) -> None:
    """Named after its label, or with the next number; `ssh` goes there; the second time nothing is changed."""
    boxes = [at("1", 41, "My train!"), at("2", 42), at("3", None, "later"), at("4", 44, "vastai-eval")]

    done = sync_aliases(ssh, "vastai", boxes, STYLE)
    before = ssh.config.read_bytes()
    again = sync_aliases(ssh, "vastai", boxes, STYLE)

    assert rows(done) == [
        ("added", "vastai-my-train", "root@203.0.113.7:41"),
        ("added", "vastai-1", "root@203.0.113.7:42"),
        ("no address", "", ""),
        ("added", "vastai-eval", "root@203.0.113.7:44"),
    ]
    assert (done.made, again.made) == (True, False)
    assert [what for what, *_ in rows(again)] == ["unchanged", "unchanged", "no address", "unchanged"]
    assert ssh.config.read_bytes() == before
    assert resolve(ssh, "vastai-1").port == 42
    block = config_file.blocks(ssh.config)["vastai-my-train"]
    assert (block.platform, block.group, block.instance) == ("vastai", "vastai", "vastai/1")


def test_a_dry_run_changes_nothing_and_says_the_same(ssh: SshFiles) -> None:
    """A look before."""
    boxes = [at("1", 41), at("2", 42)]

    dry = sync_aliases(ssh, "vastai", boxes, STYLE, dry_run=True)

    assert not ssh.config.exists()
    assert not dry.made
    assert rows(dry) == rows(sync_aliases(ssh, "vastai", boxes, STYLE))


def test_a_box_that_moved_is_followed(ssh: SshFiles) -> None:
    """By what the platform calls it, whatever its alias is called; other options stay."""
    sync_aliases(ssh, "vastai", [at("1", 41), at("2", 42)], STYLE)
    text = ssh.config.read_text().replace("    TCPKeepAlive yes\n", "    TCPKeepAlive no\n")
    ssh.config.write_text(text.replace("vastai-1", "mine"))

    done = sync_aliases(ssh, "vastai", [at("2", 42), at("1", 51, "renamed", host="203.0.113.8")], STYLE)

    assert rows(done) == [
        ("unchanged", "vastai-2", "root@203.0.113.7:42"),
        ("moved", "mine", "root@203.0.113.8:51"),
    ]
    found = resolve(ssh, "mine")
    assert (found.host, found.port) == ("203.0.113.8", 51)
    assert config_file.blocks(ssh.config)["mine"].options["TCPKeepAlive"] == "no"
    assert config_file.blocks(ssh.config)["mine"].group == "vastai"


def test_a_box_that_is_gone_is_named_and_stays(ssh: SshFiles) -> None:
    """Only a person removes an alias; boxes of other platforms are nobody's business here."""
    sync_aliases(ssh, "vastai", [at("1", 41), at("2", 42)], STYLE)
    sync_aliases(ssh, "runpod", [at("1", 61)], dataclasses.replace(STYLE, group="runpod"))
    before = ssh.config.read_bytes()

    done = sync_aliases(ssh, "vastai", [at("2", None)], STYLE)

    assert rows(done) == [("no address", "vastai-2", ""), ("gone", "vastai-1", "")]
    assert ssh.config.read_bytes() == before


def test_an_alias_made_by_hand_is_known_again(ssh: SshFiles) -> None:
    """It is not doubled, and follows its box from now on; a group of its own stays."""
    ensure_alias(ssh, "proj", Endpoint(host="203.0.113.7", user="root", port=41), dataclasses.replace(STYLE, group=""))
    ensure_alias(ssh, "own", Endpoint(host="203.0.113.7", user="root", port=42), dataclasses.replace(STYLE, group="me"))

    done = sync_aliases(ssh, "vastai", [at("1", 41), at("2", 42), at("3", 41)], STYLE)
    moved = sync_aliases(ssh, "vastai", [at("1", 51)], STYLE)

    assert [row[:2] for row in rows(done)] == [("noted", "proj-1"), ("noted", "own-1"), ("added", "vastai-1")]
    assert [config_file.blocks(ssh.config)[name].group for name in ("proj-1", "own-1")] == ["vastai", "me"]
    assert rows(moved)[0] == ("moved", "proj-1", "root@203.0.113.7:51")


def test_what_a_person_has_set_stays(ssh: SshFiles) -> None:
    """The user, the way, and a port that the platform does not say: nothing has moved."""
    box = Instance("1", "w", Endpoint(host="203.0.113.7", user="root"))
    sync_aliases(ssh, "hcloud", [box], STYLE)
    update_alias(ssh, "vastai-w", way_options(parse("ssh -J me@bastion -p 2222 me@203.0.113.7")))
    before = ssh.config.read_bytes()

    done = sync_aliases(ssh, "hcloud", [box], STYLE)

    assert rows(done) == [("unchanged", "vastai-w", "me@203.0.113.7:2222")]
    assert (done.made, ssh.config.read_bytes()) == (False, before)


def test_a_box_that_moved_keeps_what_a_person_has_set(ssh: SshFiles) -> None:
    """The address is another, and nothing else."""
    sync_aliases(ssh, "vastai", [at("1", 41)], STYLE)
    update_alias(ssh, "vastai-1", way_options(parse("ssh -J me@bastion -p 41 me@203.0.113.7")))

    done = sync_aliases(ssh, "vastai", [at("1", 51, host="203.0.113.8")], STYLE)

    assert rows(done) == [("moved", "vastai-1", "me@203.0.113.8:51")]
    found = resolve(ssh, "vastai-1")
    assert (found.host, found.port, found.user, found.proxy_jump) == ("203.0.113.8", 51, "me", "me@bastion")


def test_a_user_that_is_named_later_is_set_and_is_no_move(ssh: SshFiles) -> None:
    """The address is the same; a box that moved as well has moved."""
    first, second = at("1", 41), at("2", 42)
    sync_aliases(ssh, "vastai", [first, second], STYLE)
    assert first.endpoint
    named = dataclasses.replace(first, user="ubuntu", endpoint=dataclasses.replace(first.endpoint, user="ubuntu"))
    moved = Instance("2", "", Endpoint(host="203.0.113.8", user="ubuntu", port=42), user="ubuntu")

    done = sync_aliases(ssh, "vastai", [named, moved], STYLE)

    assert rows(done) == [
        ("new user", "vastai-1", "ubuntu@203.0.113.7:41"),
        ("moved", "vastai-2", "ubuntu@203.0.113.8:42"),
    ]
    assert done.made
    assert [resolve(ssh, name).user for name in ("vastai-1", "vastai-2")] == ["ubuntu", "ubuntu"]
    assert sync_aliases(ssh, "vastai", [first], STYLE).boxes[0].what == "unchanged"


@pytest.mark.parametrize(("named", "kept"), [("lambda", "lambda"), ("generic", "vastai")])
def test_a_platform_that_a_person_has_named_stays(named: str, kept: str, ssh: SshFiles) -> None:
    """What was not recognised is replaced."""
    ensure_alias(
        ssh, "p", Endpoint(host="203.0.113.7", user="root", port=41), dataclasses.replace(STYLE, platform=named)
    )

    done = sync_aliases(ssh, "vastai", [at("1", 41)], STYLE)

    assert rows(done)[0][:2] == ("noted", "p-1")
    assert config_file.blocks(ssh.config)["p-1"].platform == kept


def test_an_alias_whose_box_can_not_be_read_is_left_and_told(ssh: SshFiles) -> None:
    """It may lead to an old address, and is neither gone nor without one."""
    sync_aliases(ssh, "vastai", [at("1", 41)], STYLE)
    before = ssh.config.read_bytes()

    done = sync_aliases(ssh, "vastai", [Instance("1", "", None, "ssh_port")], STYLE)

    assert rows(done) == [("unread", "vastai-1", "")]
    assert ssh.config.read_bytes() == before


@pytest.mark.parametrize(
    ("label", "alias"),
    [
        ("github.com", "vastai-github-com"),
        ("*", "vastai-1"),
        ("-oProxyCommand=x", "vastai-oproxycommand-x"),
        ("a\nHost *\n ProxyCommand x", "vastai-a-host-proxycommand-x"),
        ("\u202e训练", "vastai-1"),
        ("x" * 200, f"vastai-{'x' * 40}"),
        ("taken", "vastai-taken-1"),
        ("3", "vastai-3"),
    ],
)
def test_a_label_is_no_name_of_another_host(label: str, alias: str, ssh: SshFiles) -> None:
    """Whatever a box is called, `ssh github.com` still leads to GitHub, and nothing else gets into the file."""
    ssh.config.write_text("Host vastai-taken\n  Port 7\n")

    sync_aliases(ssh, "vastai", [at("1", 41, label)], STYLE)

    text = ssh.config.read_text()
    assert list(config_file.ours(text.encode())) == [alias]
    assert "ProxyCommand x" not in text
    assert text.endswith("Host vastai-taken\n  Port 7\n")


def test_many_boxes_of_one_label_are_told_apart(ssh: SshFiles) -> None:
    """A number is put behind it; a group with a number of its own too."""
    style = dataclasses.replace(STYLE, group="exp-1")

    done = sync_aliases(ssh, "vastai", [at("1", 41, "w"), at("2", 42, "w"), at("3", 43), at("4", 44)], style)

    assert [box.alias for box in done.boxes] == ["exp-1-w", "exp-1-w-1", "exp-1-1", "exp-1-2"]
