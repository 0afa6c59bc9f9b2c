"""What `--delete` does not do without a word of the person's, and what it never does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.manifest.records import MANIFEST, RECEIPT
from tests.support.copying import copying, held, write

if TYPE_CHECKING:
    from tests.support.copying import Copying
    from tests.support.person import Person
    from tests.support.sshd import Sshd

REFUSED = 7
MOST = 1_000


# Not each with each: the counting is one, and the engines are compared with each other elsewhere.
@pytest.fixture(params=[("pull", "rsync"), ("push", "sftp")], ids="-".join)
def copy(request: pytest.FixtureRequest, box: Sshd, person: Person) -> Copying:
    return copying(person, box, *request.param)


def fill(copy: Copying, *, both: int, only_there: int) -> None:
    """Have so many files at both ends, and so many more at the target."""
    for number in range(both):
        for end in (copy.source, copy.target):
            write(end / f"both {number:05}", "")
    for number in range(only_there):
        write(copy.target / "old" / f"only there {number:05}", "")


def refuses(copy: Copying, *flags: str) -> str:
    """Copy, in vain and without a change; return what is said."""
    before = held(copy.target)
    said = copy.types("--delete", *flags)
    assert said.exit_code == REFUSED, f"exit {said.exit_code}: {len(held(copy.target))} of {len(before)} names are left"
    assert held(copy.target) == before
    return said.stderr


def deletes(copy: Copying, *flags: str) -> None:
    """Copy, and find what the source has and no more."""
    said = copy.types("--delete", *flags)
    assert said.exit_code == 0, said.stderr
    assert held(copy.target) == held(copy.source)


def test_an_empty_source_deletes_nothing_unless_a_number_is_said(copy: Copying) -> None:
    """It may be the place of a disk that is not mounted. A directory counts as one name."""
    fill(copy, both=0, only_there=5)

    assert "--max-delete" in refuses(copy)
    refuses(copy, "--max-delete=5")
    deletes(copy, "--max-delete=6")


def test_a_source_of_empty_directories_only_is_no_reason_to_delete(copy: Copying) -> None:
    (copy.source / "mount" / "point").mkdir(parents=True)
    fill(copy, both=0, only_there=5)

    assert "--max-delete" in refuses(copy)


def test_a_source_of_which_all_is_excluded_is_no_reason_to_delete(copy: Copying) -> None:
    write(copy.source / "a.log")
    fill(copy, both=0, only_there=5)

    assert "--max-delete" in refuses(copy, "--exclude=*.log")


def test_more_than_half_of_the_target_is_not_deleted_unless_a_number_is_said(copy: Copying) -> None:
    fill(copy, both=4, only_there=6)

    assert "--max-delete" in refuses(copy)
    deletes(copy, "--max-delete=7")


def test_half_of_the_target_is_deleted_without_a_word(copy: Copying) -> None:
    fill(copy, both=10, only_there=5)

    deletes(copy)


def test_over_a_thousand_names_are_not_deleted_unless_a_number_is_said(copy: Copying) -> None:
    """Of so many others that it is less than half."""
    fill(copy, both=MOST + 3, only_there=MOST)

    assert "--max-delete" in refuses(copy)
    deletes(copy, f"--max-delete={MOST + 1}")


def test_no_more_is_deleted_than_the_number_that_is_said(copy: Copying) -> None:
    """Also of a number that is less than would be let through without; a dry run tells the same."""
    fill(copy, both=10, only_there=3)

    refuses(copy, "--max-delete=3")
    refuses(copy, "--max-delete=0")
    refuses(copy, "--max-delete=3", "--dry-run")
    deletes(copy, "--max-delete=4")


def test_a_directory_that_makes_way_for_a_file_is_counted_with_all_that_is_in_it(copy: Copying) -> None:
    write(copy.source / "name")
    for number in range(5):
        write(copy.target / "name" / f"{number}")

    assert "--max-delete" in refuses(copy)
    refuses(copy, "--max-delete=5")
    deletes(copy, "--max-delete=6")


def test_a_number_without_delete_is_no_leave_to_delete(copy: Copying) -> None:
    write(copy.source / "new")
    fill(copy, both=1, only_there=2)

    said = copy.types("--max-delete=100")

    assert said.exit_code in {0, 2}, said.stderr
    assert b"old/only there 00001" in held(copy.target)


def test_receipts_and_manifests_of_ours_are_not_deleted(copy: Copying) -> None:
    """They prove what lies beside them; a directory that holds one stays with it."""
    ours = {f"{name}{kind}" for name in ("ckpt", "old/run") for kind in (RECEIPT, MANIFEST)}
    fill(copy, both=20, only_there=2)
    for name in ours:
        write(copy.target / name, '{"kind": "ssh-transport receipt", "version": 1}')

    said = copy.types("--delete")

    assert said.exit_code == 0, said.stderr
    left = {name.decode() for name, content in held(copy.target).items() if content}
    assert left == ours


def test_a_receipt_that_a_verified_copy_wrote_outlives_a_copy_over_its_place(copy: Copying) -> None:
    """The receipt of `to/run` lies in `to`, which then becomes a copy of something that has none."""
    for number in range(5):
        write(copy.source / "run" / f"{number}")
    inner = copying_into(copy, "run")
    proved = inner.types("--verify")
    receipts = {name: content for name, content in held(copy.target).items() if name.endswith(RECEIPT.encode())}

    said = copy.types("--delete")

    assert (proved.exit_code, len(receipts)) == (0, 1), proved.stderr
    assert said.exit_code == 0, said.stderr
    assert receipts.items() <= held(copy.target).items()


def copying_into(copy: Copying, name: str) -> Copying:
    """Return the copy of one directory below."""
    (copy.target / name).mkdir()
    return type(copy)(copy.person, copy.task, copy.engine, copy.source / name, copy.target / name)


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_one_file_takes_the_place_of_a_directory_that_may_go(box: Sshd, person: Person, kind: str, engine: str) -> None:
    """What is copied itself is in nobody's directory, and is deleted and copied in the same order."""
    source, target = box.home / "one", person.home / "to" / "one"
    if kind == "link":
        source.symlink_to("elsewhere")
    else:
        write(source, "content")
    write(target / "old", "")
    words = ("fab", "-H", "proj-1", "transfer.pull", "--path=one", "--to=to", f"--engine={engine}", "--delete")

    refused = person.types(*words)
    stood = (target / "old").exists()
    said = person.types(*words, "--max-delete=2", "--json")
    again = person.types(*words, "--json")

    assert (refused.exit_code, stood) == (REFUSED, True)
    assert (said.exit_code, said.json["deletions"]) == (0, ["one/", "one/old"]), said.stderr
    assert (target.is_symlink(), target.exists()) == (kind == "link", kind == "file")
    assert (again.exit_code, again.json["files"], again.json["deletions"]) == (0, 0, [])
