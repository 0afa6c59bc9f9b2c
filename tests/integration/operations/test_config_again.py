"""What is pasted once more, and what the person's own config or file has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.person import Person

STRING = "ssh -p 38076 root@connect.westb.seetacloud.com"
STATE = "alias proj-1, platform autodl: root@connect.westb.seetacloud.com:38076"


def test_the_same_string_is_no_change_whatever_became_of_the_block(person: Person) -> None:
    """A key that is made later, and a person's own option; what the string names otherwise is told as it can be had."""
    person.types("inv", "config.add", "proj", STRING)
    config = person.ssh / "config"
    config.write_text(config.read_text().replace("Match all", "    ForwardAgent no\nMatch all"))
    person.types("inv", "keys.generate")
    before = config.read_text()

    again = person.types("inv", "config.add", "proj", STRING)
    keyed = person.types("inv", "config.add", "proj", f"{STRING} -i /k -o AddressFamily=inet")

    assert (again.exit_code, keyed.exit_code, config.read_text()) == (0, 0, before)
    assert again.stdout == keyed.stdout == f"{STATE} (no change)\n"
    assert "stays without" not in again.stderr
    assert "proj-1 stays without this AddressFamily, IdentityFile" in keyed.stderr
    typed = f"ssh -p 38076 -i /k -o AddressFamily=inet {STRING.rsplit(maxsplit=1)[-1]}"
    assert f"inv config.update proj-1 '{typed}'" in keyed.stderr
    person.types("inv", "config.update", "proj-1", typed)
    assert "stays without" not in person.types("inv", "config.add", "proj", typed).stderr


def test_a_keepalive_and_a_platform_are_given_to_an_alias_that_is_there(person: Person) -> None:
    """If they are asked for; without, it keeps what it has."""
    person.types("inv", "config.add", "proj", STRING)
    config = person.ssh / "config"
    before = config.read_text()

    bounded = person.types("inv", "config.add", "proj", STRING, "--keepalive=bounded", "--profile=generic")
    between = config.read_text()
    kept = person.types("inv", "config.add", "proj", STRING)
    long = person.types("inv", "config.add", "proj", STRING, "--keepalive=long", "--profile=autodl")

    assert bounded.stdout == f"{STATE}\n".replace("autodl", "generic", 1)
    assert between == before.replace("CountMax 120", "CountMax 3").replace("platform: autodl", "platform: generic")
    assert kept.stdout == bounded.stdout.replace("\n", " (no change)\n")
    assert long.stdout == f"{STATE}\n"
    assert config.read_text() == before


def test_a_key_that_was_pinned_before_its_alias_is_told_once(person: Person) -> None:
    """It is that of another host of this name, or of a box that is gone; a gateway's is meant to be there."""
    key = " ".join(person.makes_key().split()[:2])
    (person.ssh / "known_hosts").write_text(f"node-1 {key}\ngw.example {key}\n")

    first, again = (person.types("inv", "config.add", "Node-1", STRING) for _ in range(2))
    other = person.types("inv", "config.add", "node-2", f"{STRING} -o HostKeyAlias=gw.example")

    warning = "warning: known_hosts has a key of `node-1` already, and it is expected of this box"
    assert f"{warning}; if it is another's: inv config.forget Node-1\n" in first.stderr
    assert "warning" not in again.stderr + other.stderr


def test_a_damaged_block_is_not_listed_and_stops_who_would_write(person: Person) -> None:
    """The line is named, whatever bytes are in it; nothing else is lost."""
    person.types("inv", "config.add", "proj", STRING)
    config = person.ssh / "config"
    config.write_bytes(b"Host mine\n# >>> ssh-transport p-\xe9\nHost p-\xe9\n" + config.read_bytes())
    before = config.read_bytes()

    listed = person.types("inv", "config.list")
    words = (("config.add", "x", STRING), ("config.update", "proj-1", "7"), ("config.remove", "proj-1"))
    refused = [person.types("inv", *typed) for typed in words]

    assert listed.stdout.splitlines()[1:] == ["proj-1\tautodl\tgateway\troot@connect.westb.seetacloud.com:38076\t"]
    assert [said.exit_code for said in refused] == [6, 6, 6]
    assert all(f"cause: {config}:2: `# >>> ssh-transport p-" in said.stderr for said in refused)
    assert config.read_bytes() == before


def test_what_the_persons_config_has_for_the_host_is_taken_over_and_told(person: Person) -> None:
    """The alias leads where `ssh` with the pasted words does."""
    person.ssh.mkdir()
    (person.ssh / "config").write_text("Host localhost\n  User alice\n  Port 39599\n")

    said = person.types("inv", "config.add", "c", "ssh localhost")
    moved = person.types("inv", "config.update", "c-1", "ssh -p 7 localhost")

    assert said.stdout == "alias c-1, platform generic: alice@localhost:39599\n"
    assert "your ssh config has for localhost: user alice, port 39599\n" in said.stderr
    assert moved.stdout == "alias c-1, platform generic: alice@localhost:7\n"


def test_a_strict_check_and_a_certificate_are_in_the_alias(person: Person) -> None:
    """And a check that is turned off is not; that is told."""
    certificate = person.home / "k-cert.pub"
    person.home.mkdir(exist_ok=True)
    certificate.touch()

    said = person.types(
        *("inv", "config.add", "a"),
        "ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/x -o CertificateFile=~/k-cert.pub root@203.0.113.9",
    )

    written = (person.ssh / "config").read_text()
    assert said.exit_code == 0, said.stderr
    assert "    StrictHostKeyChecking yes\n" in written
    assert f"    CertificateFile {certificate}\n" in written
    assert "UserKnownHostsFile /x" not in written
    assert "left out: UserKnownHostsFile; host keys are always checked, and pinned for each alias\n" in said.stderr


def test_an_update_takes_no_user_or_key_from_what_the_config_has_for_the_address(person: Person) -> None:
    """The alias has its own."""
    person.types("inv", "config.add", "proj", "ssh -p 2222 -i ~/.ssh/mine root@203.0.113.7")
    config = person.ssh / "config"
    config.write_text(config.read_text() + "Host 203.*\n    User ubuntu\n    IdentityFile ~/.ssh/rent\n")
    before = config.read_text()

    said = person.types("inv", "config.update", "proj-1", "ssh -p 2223 203.0.113.7")

    assert said.exit_code == 0, said.stderr
    assert config.read_text() == before.replace("Port 2222", "Port 2223")
