"""An update changes of an alias what it names, if it is ours and the change takes effect, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import resolve, unnamed
from ssh_transport.operations.alias import endpoint_options, update_alias, way_options
from ssh_transport.platforms.endpoint import parse
from tests.support.aliases import added
from tests.support.full_disk import full_disk

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


def test_what_a_person_added_to_the_block_takes_effect_as_before(ssh: SshFiles) -> None:
    """`ssh` reads the edited block as they wrote it: keys, forwards, commands, and the host that is not the alias."""
    added(ssh)
    own = "    IdentityFile /k2\n    LocalForward 8888 localhost:8888\n    RemoteCommand tmux new -A -s main\n"
    text = ssh.config.read_text().replace("Match all\n", f"{own}Host extra\n    User zoe\nMatch all\n")
    ssh.config.write_text(text.replace("Host p-1\n", "Host p-1 box\n").replace("    Port 1", "  port=1"))
    before = ssh.config.read_text()

    update_alias(ssh, "p-1", {"Port": "2"})

    found = resolve(ssh, "box")
    assert ssh.config.read_text() == before.replace("  port=1", "  port=2")
    assert (found.user, found.port, found.identities) == ("root", 2, (Path("/k"), Path("/k2")))
    assert found.options["remotecommand"] == "tmux new -A -s main"


def test_an_update_that_changes_nothing_does_not_write(ssh: SshFiles) -> None:
    """Also where the person wrote the same otherwise."""
    added(ssh)
    ssh.config.write_text(ssh.config.read_text().replace("    Port 1", "\tport = 1 # mine"))
    before = ssh.config.stat()

    assert not update_alias(ssh, "p-1", {"Port": "1", "ProxyJump": ""}).made
    assert ssh.config.stat() == before


def test_a_block_that_is_damaged_is_not_updated(ssh: SshFiles) -> None:
    """It could be anybody's."""
    added(ssh)
    ssh.config.write_bytes(ssh.config.read_bytes().replace(b"# <<< ssh-transport p-1\n", b"Host mine\n"))
    before = ssh.config.read_bytes()
    with pytest.raises(AliasError, match="marker line of ours is damaged"):
        update_alias(ssh, "p-1", {"Port": "2"})

    assert before == ssh.config.read_bytes()


def test_a_value_that_ssh_refuses_is_named_as_it_was_given(ssh: SshFiles) -> None:
    """Nobody knows the file that the block was tried in, and the person's file has other lines at these numbers."""
    ssh.config.write_text("Host mine\n  Port 7\n")
    with pytest.raises(AliasError, match="would refuse the block for `p-1`") as caught:
        added(ssh, "ssh -o AddressFamily=evil root@web")

    assert caught.value.cause.startswith(f'{ssh.config}: unsupported option "evil"')
    assert caught.value.hint == "correct `AddressFamily evil` in what was pasted"
    assert tempfile.gettempdir() not in str(caught.value).replace(str(ssh.config), "")


def test_a_full_disk_leaves_nothing(ssh: SshFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither beside the config, nor where the new text is tried."""
    added(ssh)
    before = ssh.config.read_bytes()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    # What is raised holds all that it passed, which is not cleared away before the program ends.
    with full_disk(), pytest.raises(OSError, match="File too large") as _updated:
        update_alias(ssh, "p-1", {"Port": "2"})
    with full_disk(), pytest.raises(OSError, match="File too large") as _asked:
        unnamed(ssh, "p-1")

    assert before == ssh.config.read_bytes()
    assert [path.name for path in ssh.directory.iterdir()] == ["config"]
    assert not list((tmp_path / "tmp").iterdir())
