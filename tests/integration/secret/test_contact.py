"""A secret for a box that nobody has looked at, and one for several boxes of which one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import lets_in
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person

FIRST_CONTACT = 17
GUARDED = 7


def everything(sshd: Sshd) -> set[str]:
    return {str(path.relative_to(sshd.home)) for path in sshd.home.rglob("*")}


def test_a_first_contact_gets_nothing_unless_the_person_says_so(sshd: Sshd, person: Person) -> None:
    """Nothing is pinned either; nobody has logged in."""
    lets_in(sshd, person)
    person.adds_alias("proj-1", sshd.port, sshd.user)
    before = everything(sshd)
    words = ("fab", "-H", "proj-1", "secrets.push", "mine")

    refused = person.types(*words, stdin="c4n4ry\n")
    assert refused.exit_code == FIRST_CONTACT
    assert sshd.host_key_fingerprint in refused.stderr
    assert "--trust-new" in refused.stderr
    assert not (person.ssh / "known_hosts").exists()
    assert everything(sshd) == before
    assert "Accepted publickey" not in sshd.log.read_text()

    sent = person.types(*words, "--trust-new", stdin="c4n4ry\n")
    assert sent.exit_code == 0, sent.stderr
    assert (sshd.home / ".mine_key").read_text() == "c4n4ry\n"
    assert " ".join(sshd.host_key_line.split()[:2]) in (person.ssh / "known_hosts").read_text()


def test_of_two_boxes_the_one_that_can_has_the_secret(box: Sshd, person: Person, tmp_path: Path) -> None:
    """Standard input is read once, for both; the exit code is that of the failure."""
    (tmp_path / "second").mkdir()
    with Sshd(tmp_path / "second") as second:
        lets_in(second, person)
        person.adds_alias("proj-2", second.port, second.user)
        with (person.ssh / "known_hosts").open("a") as file:
            file.write(f"proj-2 {second.host_key_line}\n")
        (box.home / ".mine_key").mkdir()
        before = everything(box)

        said = person.types("inv", "secrets.push", "mine", "--on=proj-1,proj-2", "--json", stdin="c4n4ry\n")

        assert said.exit_code == GUARDED
        assert said.json["proj-1"]["exit_code"] == GUARDED
        assert said.json["proj-2"] == {"state": "mine is in ~/.mine_key", "made": True}
        assert everything(box) == before
        assert (second.home / ".mine_key").read_text() == "c4n4ry\n"
