"""A session is opened before it is wanted; whoever wants one gets it in any case."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box.carrier.spare import Spare
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path


def spare(script: str) -> Spare:
    return Spare(["sh", "-c", script], os.environ)


def test_the_one_that_waits_takes_its_script() -> None:
    one = spare("echo; exec cat")
    one.begin()
    session = one.take()

    assert session
    with session:
        session.feed(b"what it is to do", last=True)
        assert b"".join(session.chunks()) == b"\nwhat it is to do"
        assert session.wait() == 0


def test_there_is_one_at_most_and_it_is_taken_once(tmp_path: Path) -> None:
    one = spare(f"echo >> {tmp_path}/begun; echo; exec cat")
    assert one.take() is None
    one.begin()
    one.begin()
    session = one.take()

    assert session
    assert one.take() is None
    with session:
        assert (tmp_path / "begun").read_text() == "\n"


@pytest.mark.parametrize("script", ["exit 1", "exec >&-; exec cat"], ids=["refused", "says nothing"])
def test_one_that_does_not_begin_is_not_taken_nor_begun_again(script: str, tmp_path: Path) -> None:
    """A box that allows one session is not asked for a second one again and again."""
    one = spare(f"echo >> {tmp_path}/begun; {script}")
    one.begin()
    assert one.take() is None
    one.begin()

    assert one.take() is None
    assert (tmp_path / "begun").read_text() == "\n"


def test_one_that_nobody_takes_ends_with_the_login(tmp_path: Path) -> None:
    one = spare(f"echo $$ > {tmp_path}/pid; echo; exec cat")
    one.begin()
    until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    one.close()

    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text().strip()}")  # noqa: PTH110
    one.begin()
    assert one.take() is None
