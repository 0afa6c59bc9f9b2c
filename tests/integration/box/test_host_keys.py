"""Host keys: pinned on first contact, refused when changed, before anything is sent."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.box import EmbeddedBox
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person


def forget(person: Person) -> None:
    (person.ssh / "known_hosts").unlink()


def test_a_first_contact_is_pinned_under_the_alias(box: Sshd, person: Person) -> None:
    """The fingerprint is shown, and `ssh` finds the key under the name that it uses itself."""
    forget(person)

    said = person.types("inv", "keys.check", "--on=proj-1")

    assert said.exit_code == 0
    assert said.stderr == f"proj-1: first contact, pinned host key {box.host_key_fingerprint}\n"
    assert (person.ssh / "known_hosts").read_text() == f"proj-1 {box.host_key_line}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("keys.check",),
        ("keys.push",),
        ("transfer.pull", "--path=/etc/hostname"),
        ("transfer.push", "--path=fabfile.py", "--to=/tmp/never/"),
    ],
    ids=lambda words: words[0],
)
def test_a_changed_key_is_refused_with_both_fingerprints(
    words: tuple[str, ...], box: Sshd, person: Person, tmp_path: Path
) -> None:
    """Nothing moves, and the message has the command that forgets the old key."""
    person.types("inv", "keys.check", "--on=proj-1")
    old = box.host_key_fingerprint
    port = box.port
    box.close()
    with Sshd(tmp_path / "recreated", port=port) as new:
        said = person.types("fab", "-H", "proj-1", *words, stdin="password\n")

        assert said.exit_code == 14
        assert f"pinned: {old}" in said.stderr
        assert f"now:    {new.host_key_fingerprint}" in said.stderr
        assert "then type fab config.forget proj-1\n" in said.stderr
        assert "Accepted" not in new.log.read_text()


def test_a_first_contact_is_told_also_where_the_login_is_refused(box: Sshd, person: Person) -> None:
    """It was pinned all the same: whoever pushes a key to a new box is refused first."""
    (person.ssh / "known_hosts").unlink()
    (box.home / ".ssh" / "authorized_keys").unlink()

    first, second = (person.types("inv", "keys.check", "--on=proj-1") for _ in range(2))

    assert (first.exit_code, second.exit_code) == (13, 13)
    assert f"proj-1: first contact, pinned host key {box.host_key_fingerprint}\n" in first.stderr
    assert "first contact" not in second.stderr


def test_a_key_that_openssh_pinned_is_known(box: Sshd, person: Person) -> None:
    """One store for both sides: hashed entries as `ssh` writes them are read."""
    subprocess.run(["ssh-keygen", "-qH", "-f", person.ssh / "known_hosts"], check=True, capture_output=True)

    said = person.types("inv", "keys.check", "--on=proj-1")

    assert said.exit_code == 0
    assert "first contact" not in said.stderr


def test_a_revoked_key_is_refused(box: Sshd, person: Person) -> None:
    """`@revoked` wins over a plain line."""
    (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n@revoked * {box.host_key_line}\n")

    said = person.types("inv", "keys.check", "--on=proj-1")

    assert said.exit_code == 14
    assert "is marked as revoked" in said.stderr


def test_two_boxes_behind_one_gateway_keep_their_own_keys(person: Person, tmp_path: Path) -> None:
    """An address and port that another box gets later is another alias, and no conflict."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    person.makes_key()
    port = 0
    for alias, name in (("proj-1", "a"), ("proj-2", "b")):
        home = tmp_path / name
        (home / ".ssh").mkdir()
        (home / ".ssh" / "authorized_keys").write_text(person.identity.with_suffix(".pub").read_text())
        with EmbeddedBox(home=home, port=port) as server:
            port = server.port
            person.adds_alias(alias, port)
            said = person.types("inv", "keys.check", "--on", alias)

        assert said.exit_code == 0, said.stderr
        assert "first contact" in said.stderr


def test_a_removed_alias_leaves_no_key_for_its_next_owner(box: Sshd, person: Person) -> None:
    """The name may be given to another box."""
    person.types("inv", "keys.check", "--on=proj-1")

    person.types("inv", "config.remove", "proj-1")

    assert (person.ssh / "known_hosts").read_text() == ""


def test_forget_replaces_exactly_this_boxs_key(box: Sshd, person: Person, tmp_path: Path) -> None:
    """Hashed entries and those of the bare address go, others stay; old and new fingerprint are shown."""
    known_hosts = person.ssh / "known_hosts"
    other = f"other {box.host_key_line}\n"
    known_hosts.write_text(f"proj-1 {box.host_key_line}\n[127.0.0.1]:{box.port} {box.host_key_line}\n{other}")
    subprocess.run(["ssh-keygen", "-qH", "-f", known_hosts], check=True, capture_output=True)
    old, port = box.host_key_fingerprint, box.port
    box.close()
    with Sshd(tmp_path / "recreated", port=port) as new:
        said = person.types("inv", "config.forget", "proj-1")
        lines = known_hosts.read_text().splitlines()

        assert said.exit_code == 0, said.stderr
        assert said.stdout == f"proj-1: forgot {old}; now pinned {new.host_key_fingerprint}\n"
        assert lines[-1] == f"proj-1 {new.host_key_line}"
        assert len(lines) == 2


def test_an_expected_fingerprint_that_is_not_shown_changes_nothing(box: Sshd, person: Person) -> None:
    """What the platform's log shows decides."""
    before = (person.ssh / "known_hosts").read_text()

    wrong = person.types("inv", "config.forget", "proj-1", "--expect=SHA256:AAAA")
    right = person.types("inv", "config.forget", "proj-1", f"--expect={box.host_key_fingerprint}")

    assert wrong.exit_code == 14
    assert f"shown:    {box.host_key_fingerprint}" in wrong.stderr
    assert right.exit_code == 0
    assert (person.ssh / "known_hosts").read_text() == before


def test_a_revoked_key_leaves_no_room_for_an_unknown_one(box: Sshd, person: Person, tmp_path: Path) -> None:
    """The box is known, its only key is revoked, and another one is shown: no first contact."""
    known_hosts = person.ssh / "known_hosts"
    old = known_hosts.read_text()
    known_hosts.write_text(f"{old}@revoked {old}")
    port = box.port
    box.close()
    with Sshd(tmp_path / "other", port=port) as other:
        said = person.types("inv", "keys.check", "--on=proj-1")

        assert said.exit_code == 14
        assert f"now:    {other.host_key_fingerprint}" in said.stderr
        assert "Accepted" not in other.log.read_text()
    assert known_hosts.read_text() == f"{old}@revoked {old}"
