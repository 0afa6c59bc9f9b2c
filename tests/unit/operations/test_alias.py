"""An alias leads where it was told to, or nothing is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport.errors import AliasError, UsageError
from ssh_transport.openssh.resolution import resolve
from ssh_transport.operations.alias import AliasSettings, at_same_host, ensure_alias
from ssh_transport.operations.alias_removal import remove_alias
from ssh_transport.platforms.endpoint import Endpoint, parse
from tests.support.aliases import STYLE as _STYLE
from tests.support.aliases import added

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


def test_an_alias_is_added_once(ssh: SshFiles) -> None:
    """The same string again changes nothing, another one takes the next number."""
    first, again, other = added(ssh), added(ssh), added(ssh, "ssh -p 2 root@web")

    assert (first.made, first.state) == (True, "alias p-1, platform generic: root@web:1")
    assert (again.made, again.state) == (False, first.state)
    assert other.state.startswith("alias p-2, ")


def test_an_ssh_that_says_true_where_yes_is_written_takes_it(
    ssh: SshFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenSSH 10 does of some options."""
    newer = tmp_path / "bin" / "ssh"
    newer.parent.mkdir()
    newer.write_text(f"#!/bin/sh\n{shutil.which('ssh')} \"$@\" | sed 's/ yes$/ true/; s/ no$/ false/'\n")
    newer.chmod(0o755)
    monkeypatch.setenv("PATH", str(newer.parent), prepend=os.pathsep)

    added(ssh)

    assert resolve(ssh, "p-1").options["tcpkeepalive"] == "true"


def test_the_other_bytes_of_the_file_stay(ssh: SshFiles) -> None:
    """What a person wrote is there before and after, also once the alias is gone."""
    mine = b"# caf\xe9\r\nHost mine\r\n  Port 7"
    ssh.config.write_bytes(mine)
    added(ssh)
    during = ssh.config.read_bytes()
    remove_alias(ssh, "p-1")

    assert during.endswith(mine)
    assert mine == ssh.config.read_bytes()


@pytest.mark.parametrize("text", ["ssh -p 1 root@Connect.WestB.SeetaCloud.com", "root@[2001:DB8::7]:22"])
def test_a_host_may_be_pasted_in_capitals(text: str, ssh: SshFiles) -> None:
    """`ssh -G` answers in small letters, which is the same host, and known the next time."""
    first, again = added(ssh, text), added(ssh, text)

    assert first.made
    assert not again.made
    assert parse(text).host.lower() == resolve(ssh, "p-1").host


def test_an_alias_may_have_capitals(ssh: SshFiles) -> None:
    """The host key is pinned in small letters, as known_hosts has names."""
    change = added(ssh, project="Proj-1")

    assert change.state.startswith("alias Proj-1, ")
    assert resolve(ssh, "Proj-1").pinned_as == "proj-1"


@pytest.mark.parametrize("identity", ["/my keys/k", "/o'brien/k", "/a#b", "/a=b"])
def test_a_key_file_may_have_any_name(identity: str, ssh: SshFiles) -> None:
    """A space, an apostrophe or a comment sign is quoted in the block, and the alias has this key."""
    said = f'ssh -p 22 -i "{identity}" root@web'
    first, again = added(ssh, said), added(ssh, said)

    assert (Path(identity),) == resolve(ssh, "p-1").identities
    assert (first.made, again.made) == (True, False)


def test_a_setting_with_a_double_quote_is_refused(ssh: SshFiles) -> None:
    """No quoting of `ssh_config(5)` holds it; nothing is written."""
    style = AliasSettings(identity='/a"b', keepalive_s=1, keepalive_misses=1, platform="generic")
    with pytest.raises(AliasError):
        ensure_alias(ssh, "p", parse("root@web"), style)

    assert not ssh.config.exists()


def test_a_pasted_string_runs_nothing(ssh: SshFiles, tmp_path: Path) -> None:
    """The trial of a block asks `ssh -G`, which runs the command of a `Match exec` line."""
    with pytest.raises(UsageError):
        added(ssh, f"ssh -J 'x\nMatch exec \"touch {tmp_path}/owned\"\n#' root@web")

    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("project", ["", "-p", "a b", "*", "a*", "!a", "a\nb", "é", "a,b", "x" + "\0"])
def test_a_name_that_is_a_pattern_is_refused(project: str, ssh: SshFiles) -> None:
    """A `Host` line would take it for something else."""
    with pytest.raises(AliasError, match="is no alias name"):
        added(ssh, project=project)


def test_a_name_of_the_persons_own_is_not_taken(ssh: SshFiles) -> None:
    """Their block stays, and the number after it is used where none was asked for."""
    ssh.config.write_text("Host p-1\n  Port 7\n")
    with pytest.raises(AliasError, match="alias `p-1` exists") as caught:
        added(ssh, project="p-1")

    assert f"{ssh.config}:1 has another endpoint or other options" in caught.value.cause
    assert "config.update" not in caught.value.hint
    assert added(ssh).state.startswith("alias p-2, ")


def test_one_of_ours_that_leads_elsewhere_is_not_replaced(ssh: SshFiles) -> None:
    """The hint says how it can be changed."""
    added(ssh)
    before = ssh.config.read_bytes()
    with pytest.raises(AliasError, match="alias `p-1` exists") as caught:
        added(ssh, "ssh -p 2 root@web", "p-1")

    assert "ssh-transport config.update p-1" in caught.value.hint
    assert before == ssh.config.read_bytes()


@pytest.mark.parametrize(
    "edit",
    [
        ("IdentityFile /k", "IdentityFile /k2"),
        ("ServerAliveCountMax 120", "ServerAliveCountMax 3"),
        ("# platform: generic", "# platform: autodl"),
        ("    IdentitiesOnly yes", "    ForwardAgent no\n    IdentitiesOnly yes"),
        ("Host p-1", "Host p-1 box"),
        ("    Port 22\n", ""),
        ("    Port 22", "  port=22"),
    ],
)
def test_an_alias_that_leads_there_is_as_it_is(edit: tuple[str, str], ssh: SshFiles) -> None:
    """By its name or that of its project: what a person or a new key made of it is no other box."""
    added(ssh, "root@web")
    ssh.config.write_text(ssh.config.read_text().replace(*edit))
    before = ssh.config.read_text()

    assert not added(ssh, "root@web").made
    assert not added(ssh, "root@web", "p-1").made
    assert ssh.config.read_text() == before


@pytest.mark.parametrize("text", ["ssh -J gw root@web", "ssh -o 'ProxyCommand nc gw 1' root@web", "me@web"])
def test_another_way_or_user_is_another_place(text: str, ssh: SshFiles) -> None:
    """Behind another jump the same address may be another box; the hint leads there."""
    added(ssh, "root@web")
    with pytest.raises(AliasError, match="alias `p-1` exists") as caught:
        added(ssh, text, "p-1")

    assert "ssh-transport config.update p-1 " in caught.value.hint


def test_what_was_asked_for_by_name_an_alias_gets_that_is_there(ssh: SshFiles) -> None:
    """A keepalive and a platform; the rest of its block stays, and the second time nothing changes."""
    added(ssh)
    before = ssh.config.read_text()
    asked = AliasSettings(
        identity="/k2",
        keepalive_s=5,
        keepalive_misses=3,
        platform="autodl",
        asked=("platform", "ServerAliveCountMax"),
    )
    first, again = (ensure_alias(ssh, "p", parse("ssh -p 1 root@web"), asked) for _ in range(2))
    expected = before.replace("CountMax 120", "CountMax 3").replace("platform: generic", "platform: autodl")

    assert (first.state, first.made, again.made) == ("alias p-1, platform autodl: root@web:1", True, False)
    assert ssh.config.read_text() == expected


ROUTES = {
    "ssh -o 'ProxyCommand=nc -X connect -x proxy:3128 %h %p' root@10.0.0.5": {
        "proxycommand": "nc -X connect -x proxy:3128 %h %p"
    },
    "ssh -o 'ProxyCommand ssh -W \"%h:%p\" gw # x' root@10.0.0.5": {"proxycommand": 'ssh -W "%h:%p" gw # x'},
    "ssh -o ProxyUseFdpass=yes -o 'ProxyCommand nc -F %h %p' root@10.0.0.5": {"proxyusefdpass": "yes"},
    "ssh -o HostKeyAlias=Box7 root@10.0.0.5": {"hostkeyalias": "box7"},
    "ssh -J me@gw:2222 root@10.0.0.5": {"proxyjump": "me@gw:2222"},
    "ssh -b 192.0.2.7 -4 root@10.0.0.5": {"bindaddress": "192.0.2.7", "addressfamily": "inet"},
    "ssh root@fe80::1%eth0": {"hostname": "fe80::1%eth0"},
    "ssh 'CORP\\me@10.0.0.5'": {"user": "CORP\\me"},
    "ssh root@box-7@10.0.0.5": {"user": "root@box-7"},
    "ssh -i 'C:\\My Keys\\id_rsa' root@10.0.0.5": {"identityfile": "C:\\My Keys\\id_rsa"},
}


@pytest.mark.parametrize("text", ROUTES)
def test_an_alias_goes_the_way_that_was_pasted(text: str, ssh: SshFiles) -> None:
    """`ssh -G` says so; the same again changes nothing, as our block reads back what it wrote."""
    first, again = added(ssh, text), added(ssh, text)
    options = resolve(ssh, "p-1").options

    assert (first.made, again.made) == (True, False)
    assert {key: options[key] for key in ROUTES[text]} == ROUTES[text]


def test_a_proxy_command_of_two_lines_is_not_written(ssh: SshFiles) -> None:
    """Its second line would be an option."""
    found = Endpoint(host="10.0.0.5", options=(("ProxyCommand", "x\nForwardAgent yes"),))
    with pytest.raises(AliasError):
        ensure_alias(ssh, "p", found, _STYLE)

    assert not ssh.config.exists()


def test_another_port_of_the_same_host_is_noticed(ssh: SshFiles) -> None:
    """It may be the same box, made anew; the same port, another user or another host is none."""
    added(ssh, "ssh -p 1 root@web")
    added(ssh, "ssh -p 1 me@web", "q")

    assert at_same_host(ssh, parse("ssh -p 2 root@WEB")) == {"p-1": "1"}
    assert at_same_host(ssh, parse("ssh -p 1 root@web")) == {}
    assert at_same_host(ssh, parse("ssh -p 2 root@other")) == {}


class Fault(NamedTuple):
    text: str
    hint: str


@pytest.mark.parametrize(
    "fault",
    [
        Fault("Host a\n  UseKeychain yes\n", "put this line at the top of {config}: IgnoreUnknown UseKeychain"),
        Fault("Host a\n  Prot 22\n", "correct line 2 of {config}, or if another ssh knows it: IgnoreUnknown prot"),
        Fault("Host a\n  Port x\n", "correct line 2 of {config}"),
    ],
)
def test_a_config_that_ssh_can_not_read_is_named_with_its_cure(fault: Fault, ssh: SshFiles) -> None:
    """The file and the line are the person's own, not those of the copy in which a block is tried."""
    ssh.config.write_text(fault.text)
    with pytest.raises(AliasError) as caught:
        added(ssh)

    assert caught.value.cause.startswith(f"{ssh.config}")
    assert "line 2" in caught.value.cause
    assert fault.hint.format(config=ssh.config) in caught.value.hint
    assert ".config." not in str(caught.value)


def test_the_cure_cures(ssh: SshFiles) -> None:
    """With the line that the hint names, the alias is added."""
    ssh.config.write_text("IgnoreUnknown UseKeychain\nHost a\n  UseKeychain yes\n")

    assert added(ssh).made
