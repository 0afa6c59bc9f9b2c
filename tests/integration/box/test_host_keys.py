"""Host keys: pinned on first contact, refused when changed, before anything is sent."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from demo.box import EmbeddedBox
from tests.support.sshd import Sshd

OTHER_KEY, OTHER_TYPE = (
    key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
)

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


def test_an_empty_fingerprint_is_no_expectation(box: Sshd, person: Person) -> None:
    """A variable that was never set would let anybody in."""
    (person.ssh / "known_hosts").write_text(before := f"proj-1 {OTHER_KEY}\n")

    said = person.types("inv", "config.forget", "proj-1", "--expect=")

    assert said.exit_code == 2
    assert (person.ssh / "known_hosts").read_text() == before


def test_a_fingerprint_is_known_without_the_name_of_its_hash(box: Sshd, person: Person) -> None:
    short = box.host_key_fingerprint.removeprefix("SHA256:")

    assert person.types("inv", "config.forget", "proj-1", f"--expect= {short}=").exit_code == 0


def test_boxes_side_by_side_leave_no_old_key(box: Sshd, person: Person) -> None:
    """One file, which each of them changes; another run adds to it meanwhile."""
    names = [f"proj-{number}" for number in range(1, 9)]
    for name in names[1:]:
        person.adds_alias(name, box.port)
    others = "".join(f"other-{number} {OTHER_KEY}\n" for number in range(500))
    for _ in range(2):
        (person.ssh / "known_hosts").write_text(others + "".join(f"{name} {OTHER_KEY}\n" for name in names))

        said = person.types("inv", "config.forget", ",".join(names))

        assert said.exit_code == 0, said.stderr
        kept = (person.ssh / "known_hosts").read_text()
        assert kept.startswith(others)
        assert sorted(kept[len(others) :].splitlines()) == sorted(f"{name} {box.host_key_line}" for name in names)


def test_a_key_that_a_pattern_lets_in_is_not_called_forgotten(box: Sshd, person: Person) -> None:
    known_hosts = person.ssh / "known_hosts"
    known_hosts.write_text(f"proj-* {OTHER_KEY}\nproj-1,elsewhere {OTHER_KEY}\n")

    said = person.types("inv", "config.forget", "proj-1")

    assert said.exit_code == 25
    assert "but another key is still let in as well" in said.stderr
    assert f"ssh-keygen -F proj-1 -f {known_hosts}" in said.stderr
    assert known_hosts.read_text() == f"proj-* {OTHER_KEY}\nelsewhere {OTHER_KEY}\nproj-1 {box.host_key_line}\n"


def test_a_box_that_does_not_answer_keeps_its_pin(box: Sshd, person: Person) -> None:
    before = (person.ssh / "known_hosts").read_text()
    box.close()

    assert person.types("inv", "config.forget", "proj-1").exit_code == 11
    assert (person.ssh / "known_hosts").read_text() == before


@pytest.mark.parametrize("way", ["ssh", "no ssh"])
def test_nothing_is_sent_to_a_box_whose_key_can_not_be_pinned(
    way: str, box: Sshd, person: Person, tmp_path: Path
) -> None:
    """Else the next one could be anybody, each time again."""
    (person.ssh / "known_hosts").unlink()
    (person.ssh / "known_hosts").mkdir()
    env = {} if way == "ssh" else {"PATH": str(tmp_path)}

    for words in (("keys.check",), ("transfer.push", "--path=.ssh/id_ed25519.pub", "--to=it")):
        said = person.types("fab", "-H", "proj-1", *words, env=env)

        assert said.exit_code == 30, said.stderr
        assert "the host key of `proj-1` can't be pinned; nothing was sent" in said.stderr
    assert not (box.home / "it").exists()


@pytest.mark.parametrize("way", ["ssh", "no ssh"])
def test_an_unknown_key_is_refused_where_the_alias_says_so(way: str, box: Sshd, person: Person, tmp_path: Path) -> None:
    (person.ssh / "known_hosts").write_text("")
    with (person.ssh / "config").open("a") as config:
        config.write("Host *\n  StrictHostKeyChecking yes\n")
    env = {} if way == "ssh" else {"PATH": str(tmp_path)}

    said = person.types("inv", "keys.check", "--on=proj-1", env=env)

    assert said.exit_code == 17
    assert (person.ssh / "known_hosts").read_text() == ""


def test_another_key_of_the_same_address_is_told(box: Sshd, person: Person) -> None:
    """Each alias has its own pin; `ssh` by address would have shouted."""
    (person.ssh / "known_hosts").write_text(f"[127.0.0.1]:{box.port} {OTHER_KEY}\n")

    said = person.types("inv", "keys.check", "--on=proj-1")

    assert said.exit_code == 0
    assert f"warning: known_hosts has another for {box.user}@127.0.0.1:{box.port}, SHA256:" in said.stderr


def test_the_hint_of_an_address_names_all_of_it(box: Sshd, person: Person) -> None:
    """The host alone would be the box at port 22."""
    (person.ssh / "known_hosts").write_text(f"[127.0.0.1]:{box.port} {OTHER_KEY}\n127.0.0.1 {OTHER_KEY}\n")
    address = f"{box.user}@127.0.0.1:{box.port}"

    said = person.types("fab", "-H", address, "keys.check")

    assert f"then type fab config.forget {address}\n" in said.stderr
    assert person.types("fab", "config.forget", address).exit_code == 0
    kept = (person.ssh / "known_hosts").read_text()
    assert kept == f"127.0.0.1 {OTHER_KEY}\n[127.0.0.1]:{box.port} {box.host_key_line}\n"


def test_a_key_of_another_type_that_the_systems_file_has_is_the_box_s_own(box: Sshd, person: Person) -> None:
    """As an admin's `ssh-keyscan` makes it; who is not root could not change it."""
    system = person.home / "system"
    system.write_text(f"proj-1 {OTHER_TYPE}\nproj-1 {box.host_key_line}\n")
    with (person.ssh / "config").open("a") as config:
        config.write(f"Host *\n  GlobalKnownHostsFile {system}\n")

    for _ in range(2):
        assert person.types("inv", "config.forget", "proj-1").exit_code == 0


def test_the_doctor_tells_of_a_key_that_can_not_be_pinned(box: Sshd, person: Person) -> None:
    (person.ssh / "known_hosts").unlink()
    (person.ssh / "known_hosts").mkdir()

    said = person.types("inv", "config.doctor", "--on=proj-1")

    assert said.exit_code != 0
    assert "can't be pinned" in said.stdout
