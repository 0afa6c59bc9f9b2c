"""OpenSSH says what a name means, and the home directory is the one of this run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport.errors import AliasError
from ssh_transport.openssh import resolution
from ssh_transport.openssh.resolution import SshFiles, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.context import Context

    from ssh_transport.openssh.resolution import Resolved


@pytest.fixture
def said(home: Path, context: Callable[..., Context]) -> Callable[..., Resolved]:
    """Write a config file and resolve a name with it."""

    def say(config: str, name: str = "web", *, user: str | None = None, port: int | None = None) -> Resolved:
        (home / ".ssh" / "config").write_text(config)
        return resolve(SshFiles.of(context()), name, user=user, port=port)

    return say


def test_an_alias_is_what_ssh_makes_of_it(said: Callable[..., Resolved], home: Path) -> None:
    """Every field comes from `ssh -G`, with tokens and tildes filled in for the home of this run."""
    found = said(
        "Host web\n HostName 203.0.113.7\n Port 4242\n User me\n HostKeyAlias pet\n IdentitiesOnly yes\n"
        " IdentityFile ~/keys/%r\n IdentityFile %d/x%%y\n IdentityFile none\n UserKnownHostsFile ~/.ssh/one /two\n"
        " GlobalKnownHostsFile /three\n ProxyJump a,b\n Ciphers aes128-ctr,aes128-gcm@openssh.com\n"
    )

    assert (found.name, found.host, found.port, found.user) == ("web", "203.0.113.7", 4242, "me")
    assert (home / "keys/me", home / "x%y") == found.identities
    assert found.identities_only
    assert ((home / ".ssh" / "one", Path("/two")), (Path("/three"),)) == (found.known_hosts, found.global_known_hosts)
    assert (found.proxy_jump, found.proxy_command) == ("a,b", "")
    assert found.ciphers == ("aes128-ctr", "aes128-gcm@openssh.com")
    assert found.pinned_as == "pet"
    assert found.options["port"] == "4242"


def test_defaults_stay_in_the_home_of_this_run(said: Callable[..., Resolved], home: Path) -> None:
    """What `ssh` takes for its own directory is the one under `$HOME`."""
    found = said("")

    assert home / ".ssh" / "known_hosts" == found.known_hosts[0]
    assert {home / ".ssh"} == {path.parent for path in (*found.known_hosts, *found.identities)}
    assert home / ".ssh" / "id_ed25519" in found.identities
    assert (found.host, found.port, found.proxy_jump, found.proxy_command) == ("web", 22, "", "")


def test_arguments_win_over_the_file(said: Callable[..., Resolved]) -> None:
    """User and port of a typed `user@host:port` are those of the command line."""
    found = said("Host *\n User file\n Port 1\n", user="me", port=2)

    assert (found.user, found.port) == ("me", 2)


class Pin(NamedTuple):
    config: str
    name: str
    pinned_as: str


@pytest.mark.parametrize(
    "case",
    [
        Pin("", "web", "web"),
        Pin("Port 2222", "web", "[web]:2222"),
        Pin("HostName 203.0.113.7", "web", "203.0.113.7"),
        Pin("HostKeyAlias pet\nPort 2222", "web", "pet"),
        Pin("Port 2222", "2001:db8::7", "[2001:db8::7]:2222"),
    ],
    ids=lambda case: case.pinned_as,
)
def test_a_key_is_pinned_under_the_name_that_ssh_uses(case: Pin, said: Callable[..., Resolved]) -> None:
    """Another port than 22 goes into brackets, and an alias of the key wins."""
    assert case.pinned_as == said(case.config, case.name).pinned_as


@pytest.mark.parametrize("pins", ["none", "/dev/null"])
def test_pins_are_always_kept_somewhere(pins: str, said: Callable[..., Resolved], home: Path) -> None:
    """An alias that throws pins away does not make every contact a first one."""
    assert (home / ".ssh" / "known_hosts",) == said(f"UserKnownHostsFile {pins}").known_hosts


@pytest.mark.parametrize("how", ["ProxyJump none\nProxyJump a", "ProxyCommand none\nProxyCommand x"])
def test_none_means_no_proxy(how: str, said: Callable[..., Resolved]) -> None:
    """The word `none` switches a later proxy off."""
    found = said(how)

    assert (found.proxy_jump, found.proxy_command) == ("", "")


def test_ssh_reads_the_config_that_we_read(home: Path, context: Callable[..., Context]) -> None:
    """With a moved home `ssh` is told which file to read, and `none` where there is none."""
    config = home / ".ssh" / "config"
    without = SshFiles.of(context()).words
    config.touch()
    named = SshFiles.of(context(ssh_config_path="~/other"))
    (home / "other").touch()

    assert without == ["-F", "none"]
    assert ["-F", str(config)] == SshFiles.of(context()).words
    assert (home / "other", True, ["-F", f"{home}/other"]) == (named.config, named.config_named, named.words)


def test_ssh_gets_no_options_where_both_agree(
    monkeypatch: pytest.MonkeyPatch, home: Path, context: Callable[..., Context]
) -> None:
    """In a home that is the password database's own, `ssh` finds its files itself."""
    monkeypatch.setattr(resolution, "_password_database_home", lambda: home)

    assert SshFiles.of(context()).words == []


def test_a_damaged_config_is_named(said: Callable[..., Resolved]) -> None:
    """The error message of `ssh` is the cause."""
    with pytest.raises(AliasError, match="can't resolve `web`") as caught:
        said("Host web\n Bogus yes\n")

    assert "bad configuration option" in caught.value.cause.lower()


def test_without_ssh_paramiko_reads_the_config(
    said: Callable[..., Resolved], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no `ssh`, host, port, user and keys are still found."""
    monkeypatch.setenv("PATH", str(home))
    found = said("Host web\n HostName 203.0.113.7\n Port 4242\n IdentityFile ~/k\n", user="me")
    plain = said("", "other")

    assert (found.host, found.port, found.user) == ("203.0.113.7", 4242, "me")
    assert ((home / "k",), (home / ".ssh" / "known_hosts",)) == (found.identities, found.known_hosts)
    assert ("other", 22, home / ".ssh" / "id_ed25519") == (plain.host, plain.port, plain.identities[0])
    assert plain.user


def test_a_file_of_known_hosts_may_have_a_space(said: Callable[..., Resolved]) -> None:
    """`ssh -G` of OpenSSH 9.2 prints the path without quotes."""
    assert (Path("/a b/known_hosts"), Path("/c")) == said('UserKnownHostsFile "/a b/known_hosts" /c\n').known_hosts


def test_pins_below_the_ssh_directory_follow_the_home(said: Callable[..., Resolved], home: Path) -> None:
    """`ssh -G` fills in the password database's home, for files further down as well."""
    assert (home / ".ssh" / "pins" / "web",) == said("UserKnownHostsFile ~/.ssh/pins/web\n").known_hosts


def test_a_config_need_not_be_utf8(home: Path, ssh: SshFiles) -> None:
    """A path with other bytes is a path."""
    (home / ".ssh" / "config").write_bytes(b"IdentityFile /k\xff\n")

    assert (Path("/k\udcff"),) == resolve(ssh, "web").identities


@pytest.mark.parametrize(
    "text", [b'Host "a\n', b"Match all host a\n", b"# \xff\nPort x\n"], ids=["quote", "match", "bytes"]
)
def test_a_damaged_config_is_named_without_ssh(
    text: bytes, home: Path, ssh: SshFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Paramiko stands in for `ssh`, a file that can't be parsed is an `AliasError` too."""
    monkeypatch.setenv("PATH", str(home))
    (home / ".ssh" / "config").write_bytes(text)
    with pytest.raises(AliasError):
        resolve(ssh, "web")


def test_no_proxy_is_an_empty_text_without_ssh(
    said: Callable[..., Resolved], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paramiko's `None` does not get into a field that is text."""
    monkeypatch.setenv("PATH", str(home))

    assert said("ProxyCommand none\n").proxy_command == ""
