"""A partial file is continued only if it is a beginning, also where the box runs no commands."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from ssh_transport.leftovers import SFTP_PARTIAL_DIRECTORY
from ssh_transport.transfer.sftp.file import partial_path
from ssh_transport.transfer.sftp.record import record_path
from ssh_transport.trees.tree import Entry
from tests.support.tools import runs_nothing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

SIZE_BYTES = 6_000_000
BEGUN_BYTES = 4_000_000


@pytest.fixture
def box(box: Sshd) -> Sshd:
    """One that runs no commands."""
    runs_nothing(box)
    return box


def begin(source: Path, target: Path, damage: bytes = b"") -> Path:
    """Make a source, and of its copy the beginning, with something in the middle that is not the source's."""
    content = os.urandom(SIZE_BYTES)
    for place in (source, target / SFTP_PARTIAL_DIRECTORY):
        place.mkdir(parents=True)
    (source / "x").write_bytes(content)
    mtime_s = int((source / "x").stat().st_mtime)
    partial = partial_path(str(target / "x"), Entry(stat.S_IFREG | 0o644, SIZE_BYTES, mtime_s))
    path = target / SFTP_PARTIAL_DIRECTORY / partial.rpartition("/")[2]
    half = BEGUN_BYTES // 2
    path.write_bytes(content[:half] + damage + content[half + len(damage) : BEGUN_BYTES])
    return path


def copies(person: Person, task: str, source: Path, target: Path) -> int:
    """Copy, and return how many bytes crossed the wire."""
    said = person.types(
        *("fab", "-H", "proj-1", f"transfer.{task}", f"--path={source}/", f"--to={target}"),
        *("--engine=sftp", "--json"),
    )
    assert said.exit_code == 0, said.stderr
    assert (source / "x").read_bytes() == (target / "x").read_bytes()
    assert not (target / SFTP_PARTIAL_DIRECTORY).exists()
    return int(said.json["wire_bytes"])


def test_a_pull_continues_what_it_noted_itself(box: Sshd, person: Person) -> None:
    """What came after the last note is fetched again."""
    source, target = box.home / "from", person.home / "to"
    partial = begin(source, target)
    noted = partial.read_bytes()[:3_000_000]
    (partial.parent / record_path(partial.name)).write_text(f"{len(noted)} {sha256(noted).hexdigest()}\n")

    assert SIZE_BYTES - len(noted) <= copies(person, "pull", source, target) < SIZE_BYTES - 2_000_000


@pytest.mark.parametrize("note", ["", "4000000 what\n", "3000000 {digest}\n", "9000000 {digest}\n"])
def test_a_pull_begins_anew_without_a_note_that_fits(box: Sshd, person: Person, note: str) -> None:
    """Zeros in the middle, as a machine that crashed leaves them, are no part of the source."""
    source, target = box.home / "from", person.home / "to"
    partial = begin(source, target, damage=bytes(1_000_000))
    right = sha256((source / "x").read_bytes()[:3_000_000]).hexdigest()
    if note:
        (partial.parent / record_path(partial.name)).write_text(note.format(digest=right))

    assert copies(person, "pull", source, target) >= SIZE_BYTES


def test_a_push_reads_a_partial_file_back_and_continues_it(box: Sshd, person: Person) -> None:
    source, target = person.home / "from", box.home / "to"
    begin(source, target)

    # Read back, and the rest sent.
    assert SIZE_BYTES <= copies(person, "push", source, target) < SIZE_BYTES + 1_500_000


def test_a_push_begins_anew_where_the_middle_is_not_the_sources(box: Sshd, person: Person) -> None:
    source, target = person.home / "from", box.home / "to"
    begin(source, target, damage=bytes(1_000_000))

    assert copies(person, "push", source, target) >= SIZE_BYTES + BEGUN_BYTES
