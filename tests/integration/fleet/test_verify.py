"""All boxes at once: one table, and a dead box delays nobody."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from tests.support.clock import on_this_machine

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_every_box_has_a_row_and_dead_ones_say_why(box: Sshd, person: Person) -> None:
    """A refused port, a mute port, a living box: in the order named, and the mute one holds nobody up."""
    (person.home / "invoke.yaml").write_text("ssh_keys: {login_timeout_s: 2}\n")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        person.adds_alias("proj-2", 1)
        person.adds_alias("proj-3", mute.getsockname()[1])

        said = person.types("inv", "config.verify", "--on=proj-1,proj-2,proj-3", "--json")

    boxes = said.document["tasks"][0]["boxes"]
    rows = {name: outcome["result"] for name, outcome in boxes.items()}
    assert list(rows) == ["proj-1", "proj-2", "proj-3"]
    assert rows["proj-1"]["hostname"] == socket.gethostname()
    assert abs(rows["proj-1"]["clock_ahead_s"]) < 5
    assert rows["proj-1"]["login_s"] < 2
    assert rows["proj-1"]["error"] == ""
    assert "Connection refused" in rows["proj-2"]["error"]
    assert "banner" in rows["proj-3"]["error"]
    assert [boxes[name]["ok"] for name in rows] == [True, False, False]
    assert boxes["proj-2"]["error"]["class"] == "Refused"
    assert said.exit_code == 12


def test_two_aliases_of_one_machine_are_flagged(box: Sshd, person: Person) -> None:
    """A recycled address makes an old alias lead to the new box."""
    person.adds_alias("proj-2", box.port, box.user)
    person.types("inv", "keys.check", "--on=proj-2")

    said = person.types("inv", "config.verify", "--on=proj-1,proj-2")

    assert said.exit_code == 0, said.stderr
    assert said.stderr == "2 aliases lead to one machine: proj-1, proj-2\n"


def test_each_of_twenty_aliases_is_one_login(box: Sshd, person: Person) -> None:
    for number in range(2, 21):
        person.adds_alias(f"proj-{number}", box.port, box.user)

    said = person.types("inv", "config.verify", "--on=proj-*")

    assert said.exit_code == 0, said.stdout
    assert box.log.read_text().count("Accepted publickey") == 20


def test_many_boxes_take_little_longer_than_one(box: Sshd, person: Person) -> None:
    """Slow answers overlap: ten ports that stay mute for two seconds take two seconds, not twenty."""
    (person.home / "invoke.yaml").write_text("ssh_keys: {login_timeout_s: 2}\n")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for number in range(2, 8):
            person.adds_alias(f"proj-{number}", mute.getsockname()[1])
        start = time.monotonic()

        said = person.types("inv", "config.verify", "--on=proj-*")

    assert said.exit_code == 12
    assert time.monotonic() - start < on_this_machine(10)
    assert "ok" in said.stdout
