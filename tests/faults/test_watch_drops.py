"""A watch outlives its link: cuts in the middle of a copy, a box that is away between two looks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import until
from tests.support.way import way

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.link import Link
    from tests.support.person import Person
    from tests.support.sshd import Sshd

BIG_BYTES = 12_000_000
DEADLINE_S = 40
WATCH = ("fab", "-H", "proj-1", "transfer.watch", "--path=run/", "--to=to", "--every=1", "--settle=1")


@pytest.fixture
def link(box: Sshd, person: Person) -> Iterator[Link]:
    """The way to the box; the alias leads through it."""
    (box.home / "run").mkdir()
    with way(box, person, rate_bytes_s=6_000_000) as between:
        yield between


def big(path: Path) -> bytes:
    content = os.urandom(BIG_BYTES)
    path.write_bytes(content)
    return content


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
def test_a_link_cut_in_the_middle_of_a_copy_and_a_box_that_is_away_delay_it_only(
    engine: str, link: Link, box: Sshd, person: Person
) -> None:
    """Nothing is shown in part meanwhile, and nothing is sent twice."""
    one = big(box.home / "run" / "one")
    link.cut_at(5_000_000)
    final = person.home / "to" / "one"

    with person.starts(*WATCH, "--until=DONE", f"--engine={engine}") as watch:
        until(final.exists)
        assert final.read_bytes() == one
        sent = link.bytes_down
        link.refuse()
        link.cut()
        two = big(box.home / "run" / "two")
        (box.home / "run" / "DONE").touch()
        link.accept()
        _, stderr = watch.communicate(timeout=DEADLINE_S)

    assert watch.returncode == 0, stderr
    assert (person.home / "to" / "two").read_bytes() == two
    assert sent < BIG_BYTES * 1.3
    assert "attempt 2" in stderr


def test_a_silent_link_between_two_looks_is_noticed(link: Link, box: Sshd, person: Person) -> None:
    (box.home / "run" / "a").touch()

    with person.starts(*WATCH, "--until=DONE") as watch:
        until((person.home / "to" / "a").exists)
        link.silence_open()
        (box.home / "run" / "DONE").touch()
        _, stderr = watch.communicate(timeout=DEADLINE_S)

    assert watch.returncode == 0, stderr
    assert (person.home / "to" / "DONE").exists()


def test_it_gives_up_when_its_patience_is_at_its_end(link: Link, box: Sshd, person: Person) -> None:
    (box.home / "run" / "a").touch()

    with person.starts(*WATCH, "--attempts=2") as watch:
        until((person.home / "to" / "a").exists)
        link.refuse()
        link.cut()
        _, stderr = watch.communicate(timeout=DEADLINE_S)

    assert watch.returncode == 15
    assert "gave up on `proj-1`: 2 attempts in a row brought nothing new" in stderr


def test_a_login_that_is_refused_meanwhile_ends_it_at_once(link: Link, box: Sshd, person: Person) -> None:
    (box.home / "run" / "a").touch()

    with person.starts(*WATCH) as watch:
        until((person.home / "to" / "a").exists)
        (box.home / ".ssh" / "authorized_keys").write_text("")
        link.cut()
        _, stderr = watch.communicate(timeout=DEADLINE_S)

    assert watch.returncode == 13, stderr
    assert stderr.count("; attempt ") == 1
