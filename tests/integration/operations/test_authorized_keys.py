"""What a pushed key does to the box's `~/.ssh`: a line of its own or none, and modes that sshd takes."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.box import EmbeddedBox
from ssh_transport.openssh.public_key import public_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

PASSWORD = "correct horse"


def test_a_last_line_without_newline_is_not_glued(box: Sshd, person: Person) -> None:
    """The key before keeps working, and the new one too."""
    file = box.home / ".ssh" / "authorized_keys"
    mine = file.read_text()
    file.write_text(mine + "ssh-ed25519 AAAAsomebodyelse with a comment and no newline")
    (person.ssh / "other").write_bytes(person.identity.read_bytes())
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", person.ssh / "new"], check=True)

    said = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")

    assert said.exit_code == 0, said.stderr
    assert file.read_text().splitlines()[:2] == [
        mine.strip(),
        "ssh-ed25519 AAAAsomebodyelse with a comment and no newline",
    ]
    assert file.read_text().endswith((person.ssh / "new.pub").read_text())


def test_a_key_behind_options_counts_as_there(box: Sshd, person: Person) -> None:
    """Idempotence goes by key material; a commented line does not count."""
    file = box.home / ".ssh" / "authorized_keys"
    line = file.read_text().strip()
    file.write_text(f'# {line}\nno-pty,environment="A=b c" {line}\n')

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 0, said.stderr
    assert said.stdout.endswith("(no change)\n")


def test_a_line_that_restricts_the_key_is_told(box: Sshd, person: Person) -> None:
    """It stays, as a second line would change nothing: sshd takes the first."""
    file = box.home / ".ssh" / "authorized_keys"
    restricted = f'no-agent-forwarding,environment="A=secret" {file.read_text().strip()}\n'
    file.write_text(restricted)

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 0, said.stderr
    assert 'within what line 1 of ~/.ssh/authorized_keys allows: no-agent-forwarding,environment="A=..."' in said.stdout
    assert file.read_text() == restricted


def test_a_key_that_is_let_in_from_elsewhere_gets_a_line_of_its_own(box: Sshd, person: Person) -> None:
    """So does one that stands in the line of another, where two were joined."""
    file = box.home / ".ssh" / "authorized_keys"
    mine = file.read_text().strip()
    (person.ssh / "new").unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", person.ssh / "new"], check=True)
    new = (person.ssh / "new.pub").read_text()
    before = f'from="203.0.113.7" {new}{mine}{new}'
    file.write_text(before)

    first = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")
    second = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")

    assert first.exit_code == 0, first.stderr
    assert file.read_text() == before + new
    assert second.stdout.endswith("(no change)\n")


def test_wide_modes_are_narrowed(box: Sshd, person: Person) -> None:
    """Sshd refuses what others can write."""
    (box.home / ".ssh").chmod(0o775)
    (box.home / ".ssh" / "authorized_keys").chmod(0o664)

    first = person.types("inv", "keys.push", "--on=proj-1")
    second = person.types("inv", "keys.push", "--on=proj-1")

    assert not first.stdout.endswith("(no change)\n")
    assert second.stdout.endswith("(no change)\n")
    assert stat.S_IMODE((box.home / ".ssh").stat().st_mode) == 0o700
    assert stat.S_IMODE((box.home / ".ssh" / "authorized_keys").stat().st_mode) == 0o600


@pytest.mark.parametrize("volume_is_wiped", [False, True])
def test_a_symlinked_ssh_directory_stays_a_symlink(
    volume_is_wiped: bool, home: Path, person: Person, tmp_path: Path
) -> None:
    """Some images link `~/.ssh` into a volume, which may be empty."""
    volume = tmp_path / "volume"
    volume.mkdir()
    if not volume_is_wiped:
        (volume / "ssh").mkdir()
    (home / ".ssh").symlink_to(volume / "ssh")
    with EmbeddedBox(home=home, password=PASSWORD) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 0, said.stderr
    assert (home / ".ssh").is_symlink()
    assert (volume / "ssh" / "authorized_keys").read_text().split()[0] == "ssh-ed25519"


def test_a_read_only_ssh_directory_is_made_writable(home: Path, person: Person) -> None:
    """Its owner may, and 0700 is the mode it must have anyway."""
    (home / ".ssh").mkdir(mode=0o500)
    with EmbeddedBox(home=home, password=PASSWORD) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 0, said.stderr
    assert stat.S_IMODE((home / ".ssh").stat().st_mode) == 0o700


def test_a_private_key_is_never_pushed(box: Sshd, person: Person) -> None:
    """A `.pub` file that holds the other half is refused, and not shown."""
    pub = person.identity.with_suffix(".pub")
    pub.write_bytes(person.identity.read_bytes())

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 30
    assert "holds a private key" in said.stderr
    assert "OPENSSH PRIVATE" not in said.stderr + (box.home / ".ssh" / "authorized_keys").read_text()


def test_another_key_than_the_alias_names_is_not_pushed(box: Sshd, person: Person) -> None:
    """A console's `.pem` has no public half: the person's usual key would be one that the alias never offers."""
    usual = person.identity.with_suffix(".pub").read_text()
    person.identity.rename(person.ssh / "console.pem")
    person.identity.with_suffix(".pub").unlink()
    person.types("inv", "keys.generate")
    config = person.ssh / "config"
    config.write_text(config.read_text().replace(str(person.identity), str(person.ssh / "console.pem")))

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 30
    assert f"ssh-keygen -y -f {person.ssh}/console.pem > {person.ssh}/console.pem.pub" in said.stderr
    assert (box.home / ".ssh" / "authorized_keys").read_text() == usual


def test_the_authority_of_a_certificate_that_lets_in_goes_only_if_that_is_said(box: Sshd, person: Person) -> None:
    authority, public = person.ssh / "authority", f"{person.identity}.pub"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority], check=True)
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", box.user, public], check=True)
    allowed = box.home / ".ssh" / "authorized_keys"
    allowed.write_text(before := f"cert-authority {(person.ssh / 'authority.pub').read_text()}")
    named = public_key(authority).fingerprint

    listed = person.types("inv", "keys.list", "--on=proj-1")
    said = person.types("inv", "keys.revoke", named, "--on=proj-1")

    assert "the key of this login is none of them" in listed.stdout
    assert (said.exit_code, allowed.read_text()) == (2, before), said.stderr
    assert "--including-mine" in said.stderr
    assert person.types("inv", "keys.revoke", named, "--on=proj-1", "--including-mine").exit_code == 0
