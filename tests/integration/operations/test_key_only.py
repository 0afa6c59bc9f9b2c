"""A box that takes keys alone is asked for no password: another key of the person's may open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.operations.key_pair import ensure_key_pair

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def key_only(sshd: Sshd, person: Person) -> Sshd:
    """A box that nobody has been let in to yet."""
    person.makes_key()
    person.adds_alias("proj-1", sshd.port, sshd.user)
    return sshd


def test_another_key_lets_the_one_of_the_alias_in(key_only: Sshd, person: Person) -> None:
    """It is one that the platform put there; which one it was is said."""
    old = person.ssh / "old"
    ensure_key_pair(old, comment="old", passphrase=str)
    (key_only.home / ".ssh" / "authorized_keys").write_bytes(old.with_suffix(".pub").read_bytes())

    said = person.types("inv", "keys.push", "--on=proj-1")
    check = person.types("inv", "keys.check", "--on=proj-1")

    assert said.exit_code == 0, said.stderr
    assert f"proj-1: logged in by {old}, which it knows\n" in said.stderr
    assert said.stdout.endswith(" may log in\n")
    assert check.exit_code == 0


def test_where_no_key_of_theirs_is_let_in_the_person_is_told_who_adds_one(key_only: Sshd, person: Person) -> None:
    """A password that comes by standard input is not even read."""
    ensure_key_pair(person.ssh / "old", comment="old", passphrase=str)

    said = person.types("inv", "keys.push", "--on=proj-1", stdin="hunter2\n")

    assert said.exit_code == 13
    assert "error: `proj-1` takes keys alone, and none of yours\n" in said.stderr
    assert "cause: the server accepts: publickey; tried: id_ed25519, old\n" in said.stderr
    assert f"hint: have its console, or who runs it, add this line to authorized_keys: cat {person.identity}.pub" in (
        said.stderr
    )
    assert "password" not in said.stderr
