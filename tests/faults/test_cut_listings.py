"""Directories that can't be listed to their end: nothing is deleted on such a look, and no success is claimed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.copying import check_honest, copying, held, write
from tests.support.cut_readdir import SEEN, under_a_failing_readdir
from tests.support.cut_sftp import WAYS, of_a_server_that
from tests.support.filesystems import picky
from tests.support.picky import Limits
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.copying import Copying
    from tests.support.person import Person

TORN = "torn"
COUNT = 40
CUT_AFTER = 12

with_and_without_delete = pytest.mark.parametrize("delete", [False, True], ids=["", "--delete"])
both_ways = pytest.mark.parametrize("task", ["pull", "push"])


@contextlib.contextmanager
def a_box(directory: Path, person: Person, sftp_server: Sequence[str]) -> Iterator[Sshd]:
    """Run a box with this SFTP server, and with all the commands that a box has; the person calls it ``proj-1``."""
    with Sshd(directory, sftp_server=sftp_server) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
        yield server


def fill(copy: Copying) -> None:
    """Have most at both ends, one file of another content, something new, and something that only the target has."""
    for number in range(COUNT):
        for end in (copy.source, copy.target):
            write(end / TORN / f"{number:03} {'x' * 90}", f"both {number}")
    write(copy.source / TORN / "zz new")
    write(copy.source / "beside" / "new")
    for place in ("beside", TORN):
        write(copy.target / place / "zz only there")
    write(copy.source / TORN / "000 changed", "the new one")
    write(copy.target / TORN / "000 changed", "old")


def check(copy: Copying, *, delete: bool) -> None:
    source, before = held(copy.source), held(copy.target)

    said = copy.types(*(["--delete"] if delete else []))

    check_honest(said, source, before, held(copy.target), delete=delete, told=TORN)


@both_ways
@with_and_without_delete
def test_a_readdir_that_fails_under_the_real_sftp_server_ends_no_directory(
    tmp_path: Path, person: Person, task: str, delete: bool
) -> None:
    """OpenSSH's sftp-server says "end" for an error; of a push it is the target that is cut short."""
    server = under_a_failing_readdir(tmp_path, TORN, CUT_AFTER)
    with a_box(tmp_path / "box", person, server) as box:
        copy = copying(person, box, task, "sftp")
        fill(copy)

        check(copy, delete=delete)
    assert (tmp_path / SEEN).exists()


@pytest.mark.parametrize("way", WAYS)
@both_ways
@with_and_without_delete
def test_a_listing_is_not_believed_of_a_server_that(
    tmp_path: Path, person: Person, way: str, task: str, delete: bool
) -> None:
    """Several answers are asked for ahead: names may come behind the one that says that there are no more."""
    with a_box(tmp_path / "box", person, of_a_server_that(way, TORN, 1)) as box:
        copy = copying(person, box, task, "sftp")
        fill(copy)

        check(copy, delete=delete)


@pytest.mark.mounts
@pytest.mark.parametrize("end", ["source", "target"])
@pytest.mark.parametrize("by", ["rsync", "sftp"])
@both_ways
@with_and_without_delete
def test_a_disk_that_fails_in_a_directory_ends_no_directory(
    box: Sshd, person: Person, task: str, by: str, end: str, *, delete: bool
) -> None:
    """At the end that is read and at the end that is written; every program there meets it."""
    copy = copying(person, box, task, by)
    fill(copy)
    place = copy.source if end == "source" else copy.target
    stored = place.with_name(f"{place.name}.stored")
    place.rename(stored)
    source, before = (held(each if each != place else stored) for each in (copy.source, copy.target))
    with picky(place, Limits(torn=TORN, torn_after=CUT_AFTER)):
        said = copy.types(*(["--delete"] if delete else []))

    after = held(stored if end == "target" else copy.target)
    check_honest(said, source, before, after, delete=delete, told=TORN)
