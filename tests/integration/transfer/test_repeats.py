"""Every operation twice: the second finds what it wants, and says that it changed nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

STRING = "ssh -p 38076 root@connect.westb.seetacloud.com"


class Operation(NamedTuple):
    """What is typed, and what the second time ends with."""

    words: tuple[str, ...]
    again: str = "(no change)\n"


OPERATIONS = {
    "keys.generate": Operation(("keys.generate", "--path=new")),
    "keys.push": Operation(("keys.push", "--on=proj-1", "--identity=new")),
    "config.add": Operation(("config.add", "other", STRING)),
    "config.update": Operation(("config.update", "other-1", "ssh -p 38077 root@connect.westb.seetacloud.com")),
    "config.update by port": Operation(("config.update", "other-1", "38078")),
    "config.remove": Operation(("config.remove", "other-1")),
    "transfer.pull": Operation(("transfer.pull", "--on=proj-1", "--path=ckpt"), "nothing to copy"),
    "transfer.push": Operation(("transfer.push", "--on=proj-1", "--path=mine", "--to=there/"), "nothing to copy"),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_second_time_changes_nothing(operation: Operation, box: Sshd, person: Person) -> None:
    """The first one is done with what stands in its way put there before."""
    for place in (box.home / "ckpt", person.home / "mine"):
        place.mkdir()
        (place / "a").write_text("a")
        (place / "link").symlink_to("a")
    person.types("inv", "keys.generate", "--path=new") if operation.words[0] == "keys.push" else None
    person.types("inv", "config.add", "other", STRING) if "other-1" in operation.words else None
    (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n127.0.0.1 {box.host_key_line}\n")

    first = person.types("inv", *operation.words)
    before = state(box, person)
    second = person.types("inv", *operation.words)

    assert (first.exit_code, second.exit_code) == (0, 0), first.stderr + second.stderr
    assert operation.again not in first.stdout
    assert operation.again in second.stdout
    assert before == state(box, person)


def state(box: Sshd, person: Person) -> dict[str, tuple[int, int]]:
    """Return time and inode of every file of both sides, but for the locks."""
    paths = [path for home in (box.home, person.home) for path in home.rglob("*") if ".cache" not in path.parts]
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in paths if not path.is_dir()}
