"""An alias keeps the way to its host that the ssh config has, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import AliasError
from ssh_transport.operations.way import as_configured, taken
from ssh_transport.platforms.endpoint import parse

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


def test_the_jump_of_a_pattern_is_kept(ssh: SshFiles) -> None:
    """`Host 10.0.0.*` does not match the name of an alias, but means its host."""
    ssh.config.write_text("Host 10.0.0.*\n  ProxyJump me@gw\nHost *\n  ServerAliveInterval 5\n")

    assert as_configured(ssh, parse("root@10.0.0.5:22")).jump == "me@gw"
    assert as_configured(ssh, parse("root@192.0.2.5:22")).jump == ""


def test_the_proxy_of_a_pattern_is_kept(ssh: SshFiles) -> None:
    """As it is written."""
    ssh.config.write_text("Host *.box.example\n  ProxyCommand cloudflared access ssh --hostname %h\n")
    found = as_configured(ssh, parse("ssh root@a.box.example"))

    assert found.options == (("ProxyCommand", "cloudflared access ssh --hostname %h"),)


def test_what_is_pasted_goes_before_the_config(ssh: SshFiles) -> None:
    """As in `ssh` itself."""
    ssh.config.write_text("Host 10.0.0.*\n  ProxyJump me@gw\n")

    assert as_configured(ssh, parse("ssh -J other root@10.0.0.5")).jump == "other"


def test_what_holds_for_every_name_is_left_to_the_config(ssh: SshFiles) -> None:
    """It holds for the alias as well."""
    ssh.config.write_text("Host *\n  ProxyJump me@gw\n")

    assert as_configured(ssh, parse("root@10.0.0.5:22")).jump == ""


def test_an_alias_of_the_persons_own_is_no_host(ssh: SshFiles) -> None:
    """`ssh mycluster` means what their block says; an alias to a host of that name leads elsewhere."""
    ssh.config.write_text("Host mycluster\n  HostName 10.0.0.5\n  ProxyJump gw\n")
    with pytest.raises(AliasError) as caught:
        as_configured(ssh, parse("ssh mycluster"))

    assert caught.value.cause == f"{ssh.config}:1 says what it stands for"
    assert caught.value.hint == "use it as it is: ssh-transport -H mycluster config.doctor"


def test_a_block_for_an_address_hides_nothing(ssh: SshFiles) -> None:
    """Editors write such blocks; the address is the same with and without."""
    ssh.config.write_text("Host 203.0.113.7\n  HostName 203.0.113.7\n  Port 5\n")

    assert as_configured(ssh, parse("root@203.0.113.7:22")) == parse("root@203.0.113.7:22")


CORP = "Host *.corp.example.com\n  User alice\n  Port 2200\n  IdentityFile ~/.ssh/corp\n"


def test_the_login_that_the_config_has_for_a_host_is_kept(ssh: SshFiles) -> None:
    """`ssh` would go there with it; an alias has another name."""
    ssh.config.write_text(CORP)
    pasted = parse("ssh gpu.corp.example.com")
    found = as_configured(ssh, pasted)

    assert (found.user, found.port, found.identity) == ("alice", 2200, str(ssh.directory / "corp"))
    assert taken(pasted, found) == (
        f"your ssh config has for gpu.corp.example.com: user alice, port 2200, identity {ssh.directory}/corp"
    )


def test_a_pasted_login_goes_before_the_config(ssh: SshFiles) -> None:
    """Each part of it by itself."""
    ssh.config.write_text(CORP)
    pasted = parse("ssh -p 7 -i /k root@gpu.corp.example.com")

    assert as_configured(ssh, pasted) == pasted
    assert taken(pasted, pasted) == ""
    assert as_configured(ssh, parse("ssh root@gpu.corp.example.com")).port == 2200
    assert as_configured(ssh, parse("ssh -p 22 gpu.corp.example.com")).port == 22
    assert as_configured(ssh, parse("ssh -p 22 gpu.corp.example.com")).user == "alice"


def test_what_the_config_says_nothing_of_stays(ssh: SshFiles) -> None:
    """`ssh -G` prints a user, a port and keys for every name."""
    ssh.config.write_text("Host *\n  User bob\n  IdentityFile ~/.ssh/bob\nHost other\n  Port 7\n")
    pasted = parse("ssh gpu.example.com")

    assert as_configured(ssh, pasted) == pasted


def test_a_port_for_every_name_is_kept(ssh: SshFiles) -> None:
    """An alias says its port always, and so would say 22."""
    ssh.config.write_text("Host *\n  Port 2222\n")

    assert as_configured(ssh, parse("ssh gpu.example.com")).port == 2222


def test_a_usual_key_that_is_named_for_a_host_is_its_key(ssh: SshFiles) -> None:
    """It is another list than that of every name."""
    ssh.config.write_text("Host gpu.example.com\n  IdentityFile ~/.ssh/id_rsa\n")

    assert as_configured(ssh, parse("ssh gpu.example.com")).identity == str(ssh.directory / "id_rsa")


def test_the_key_of_the_host_goes_before_that_of_every_name(ssh: SshFiles) -> None:
    """The alias has the latter besides, as it applies to every name."""
    ssh.config.write_text("Host *\n  IdentityFile ~/.ssh/me\nHost gpu.example.com\n  IdentityFile ~/.ssh/corp\n")

    assert as_configured(ssh, parse("ssh gpu.example.com")).identity == str(ssh.directory / "corp")


def test_what_counts_for_one_user_is_no_others(ssh: SshFiles) -> None:
    """A `Match user` looks at the pasted one."""
    ssh.config.write_text("Match user root host gpu.example.com\n  Port 7\n  ProxyJump gw\n")

    assert as_configured(ssh, parse("ssh root@gpu.example.com")).port == 7
    assert as_configured(ssh, parse("ssh root@gpu.example.com")).jump == "gw"
    assert as_configured(ssh, parse("ssh me@gpu.example.com")) == parse("ssh me@gpu.example.com")
