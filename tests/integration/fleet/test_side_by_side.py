"""Copies to and from several boxes, side by side over real connections."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from tests.support.processes import until

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_a_silent_box_holds_up_nobody(box: Sshd, person: Person) -> None:
    """Named first, it is silent until the other has all; the worst code wins, the order is that of the names."""
    (box.home / "x").write_bytes(bytes(100_000))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        person.adds_alias("proj-0", mute.getsockname()[1])

        def hang_up() -> None:
            caller, _ = mute.accept()
            with caller:
                until((person.home / "proj-1" / "x").exists)

        silence = threading.Thread(target=hang_up)
        silence.start()
        said = person.types("fab", "-H", "proj-0,proj-1", "transfer.pull", "--path=x", "--json")
        silence.join()

    outcomes = said.document["tasks"][0]["boxes"]
    assert list(outcomes) == ["proj-0", "proj-1"]
    assert [outcome["ok"] for outcome in outcomes.values()] == [False, True]
    assert said.exit_code == outcomes["proj-0"]["error"]["exit_code"] == 12
    assert "proj-1: done (" in said.stderr
    assert "proj-0: failed (12)" in said.stderr


def test_two_names_of_one_box_bring_one_thing_once(box: Sshd, person: Person) -> None:
    """The second waits for the first and finds nothing to do, where it would have been refused."""
    (person.home / "x").write_bytes(bytes(100_000))
    person.adds_alias("twin-1", box.port, box.user)

    said = person.types("fab", "-H", "proj-1,twin-1", "transfer.push", "--path=x", "--to=there/", "--json")

    assert said.exit_code == 0, said.stderr
    assert sorted(result["files"] for result in said.json.values()) == [0, 1]


def test_what_all_boxes_lack_is_told_once(box: Sshd, person: Person) -> None:
    for name in ("gone-1", "gone-2", "gone-3"):
        person.adds_alias(name, 1)

    said = person.types("fab", "-H", "gone-1,gone-2,gone-3,proj-1", "keys.check")

    assert said.exit_code == 11
    assert "error: 3 boxes (gone-1, gone-2, gone-3): could not connect to `BOX`\n" in said.stderr
    assert said.stderr.count("hint:") == 1
    assert said.stdout.splitlines()[3].startswith("proj-1: ")


def test_the_last_task_ends_the_logins_of_a_box_that_is_done(box: Sshd, person: Person) -> None:
    """And the ones before leave theirs to it."""
    person.adds_alias("twin-1", box.port, box.user)

    said = person.types("fab", "-H", "proj-1,twin-1", "secrets.list", "keys.list")

    assert said.exit_code == 0, said.stderr
    assert box.log.read_text().count("Accepted publickey") == 2
    assert box.sessions() == []
