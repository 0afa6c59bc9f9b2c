"""Where a push would land, asked of a real box."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

CHECK = """
import json, sys
from fabric import Connection
from ssh_transport.box import boxes
from ssh_transport.errors import Guarded
from ssh_transport.transfer.guard import destination
from ssh_transport.transfer.request import remote_path

with boxes(Connection("proj-1"))[0] as box:
    refused = []
    for here, there in json.loads(sys.argv[1]):
        try:
            destination.check(box, here, remote_path(there))
        except Guarded:
            refused.append(there)
print(json.dumps(refused))
"""


def refused(person: Person, here: str, *there: str) -> list[str]:
    said = person.types("python", "-c", CHECK, json.dumps([(here, one) for one in there]))
    assert said.exit_code == 0, said.stderr
    return list(said.json)


def test_no_spelling_of_a_home_is_pushed_onto(box: Sshd, person: Person, tmp_path: Path) -> None:
    """By `~`, by dots, through links, through directories that are not there yet."""
    contents = f"{person.home}/"
    (box.home / "link").symlink_to(box.home)
    (box.home / "sub").mkdir()
    wrong = (
        *(
            "/",
            "//",
            "/root",
            "/root/",
            "/root/../root/",
            "/home",
            "~",
            "~/",
            ".",
            "./",
            "sub/..",
            "new/..",
            "link/new/..",
            "link",
        ),
        *(
            "link/",
            "link/../home",
            ".ssh",
            "sub/../.ssh",
            str(box.home),
            str(box.home.parent),
            f"{tmp_path}/new/../box",
        ),
    )
    right = ("sub", "new/place", "link/sub", ".ssh/new", "/workspace", str(tmp_path / "data"), "-n", "a\nb")

    assert refused(person, contents, *wrong, *right) == list(wrong)


def test_a_directory_in_a_home_is_fine_unless_it_is_called_like_one(box: Sshd, person: Person) -> None:
    """What counts is the directory that gets the mode of the source."""
    (person.home / "data").mkdir()
    (person.home / "home").mkdir()
    (person.home / "file").touch()

    assert refused(person, str(person.home / "data"), "~/", "/", "/root") == []
    assert refused(person, str(person.home / "home"), "/", "..", "sub") == ["/", ".."]
    assert refused(person, str(person.home / "file"), "~/", "/") == []


def test_a_box_without_commands_is_asked_by_sftp(box: Sshd, person: Person) -> None:
    """It resolves links as well."""
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("*) exec sh -c", "*) echo no; exit 1 ;; never) exec sh -c"))
    (box.home / "link").symlink_to(box.home)

    assert refused(person, f"{person.home}/", "~", "link/", ".ssh", "/", "sub") == ["~", "link/", ".ssh", "/"]
