"""An update changes of an alias what it names, if it is ours and the change takes effect, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import resolve
from ssh_transport.operations.alias import endpoint_options, update_alias, way_options
from ssh_transport.platforms.endpoint import parse
from tests.support.aliases import added

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


def test_an_update_changes_what_it_names(ssh: SshFiles) -> None:
    """Other options, other blocks and the platform stay; the same update again changes nothing."""
    added(ssh)
    added(ssh, "ssh -p 9 me@other")
    before = config_file.ours(ssh.config.read_bytes())
    first, again = (update_alias(ssh, "p-1", {"Port": "2"}) for _ in range(2))
    after = config_file.ours(ssh.config.read_bytes())

    assert (first.made, again.made) == (True, False)
    assert first.state == again.state == "alias p-1, platform generic: root@web:2"
    assert {**before["p-1"].options, "Port": "2"} == after["p-1"].options
    assert (before["p-2"], before["p-1"].platform) == (after["p-2"], after["p-1"].platform)
    assert resolve(ssh, "p-1").port == 2


def test_an_update_may_bring_another_platform(ssh: SshFiles) -> None:
    """A new string tells host, port, user and platform; key and keepalive stay."""
    added(ssh)
    options = endpoint_options(parse("ssh -p 38076 me@Connect.WestB.SeetaCloud.com"))
    change = update_alias(ssh, "p-1", options, "autodl")
    found = resolve(ssh, "p-1")

    assert change.state == "alias p-1, platform autodl: me@connect.westb.seetacloud.com:38076"
    assert (found.host, found.user, found.port) == ("connect.westb.seetacloud.com", "me", 38076)
    assert found.identities == (Path("/k"),)
    assert config_file.ours(ssh.config.read_bytes())["p-1"].platform == "autodl"


@pytest.mark.parametrize("alias", ["mine", "missing"])
def test_only_our_aliases_are_updated(alias: str, ssh: SshFiles) -> None:
    """A person's own block is named as theirs, and a missing one is not made."""
    ssh.config.write_text("Host mine\n  Port 7\n")
    added(ssh)
    before = ssh.config.read_bytes()
    with pytest.raises(AliasError, match=f"`{alias}` is not an alias of ours") as caught:
        update_alias(ssh, alias, {"Port": "2"})

    assert caught.value.cause == "ours: p-1"
    assert before == ssh.config.read_bytes()


@pytest.mark.parametrize("value", ["x", "1\nMatch all"], ids=["no port", "two lines"])
def test_an_update_that_ssh_would_not_take_is_not_written(value: str, ssh: SshFiles) -> None:
    """The new text is tried before it replaces the old one."""
    added(ssh)
    before = ssh.config.read_bytes()
    with pytest.raises(AliasError):
        update_alias(ssh, "p-1", {"Port": value})

    assert before == ssh.config.read_bytes()
    assert [path.name for path in ssh.directory.iterdir()] == ["config"]


def test_a_block_that_another_line_overrules_is_not_written(ssh: SshFiles) -> None:
    """Where a person moved our block below a line that wins, an update says so."""
    added(ssh)
    ssh.config.write_bytes(b"Host p-1\n  Port 7\n" + ssh.config.read_bytes())
    before = ssh.config.read_bytes()
    with pytest.raises(AliasError, match="would not take effect") as caught:
        update_alias(ssh, "p-1", {"Port": "2"})

    assert caught.value.cause == "`Port` would be `7`, not `2`"
    assert before == ssh.config.read_bytes()


def test_a_new_string_brings_its_own_way(ssh: SshFiles) -> None:
    """A box that was behind a jump is reached directly after it was made anew: the old jump would lead elsewhere."""
    added(ssh, "ssh -J gw -o AddressFamily=inet root@10.0.0.5")
    update_alias(ssh, "p-1", way_options(parse("ssh -p 41234 root@203.0.113.7")))
    found = resolve(ssh, "p-1")

    assert (found.host, found.port, found.proxy_jump) == ("203.0.113.7", 41234, "")
    assert found.options["addressfamily"] == "any"
