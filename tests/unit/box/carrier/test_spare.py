"""A session is opened before it is wanted; whoever wants one gets it in any case."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.carrier.spare import Spare
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path


def spare(script: str) -> Spare:
    return Spare(partial(Spawned, ["sh", "-c", script], os.environ), "true")


def test_the_one_that_waits_takes_its_script() -> None:
    one = spare("echo; exec cat")
    one.begin()
    session = one.take()

    assert session
    with session:
        session.feed(b"what it is to do", last=True)
        # The line that led to it comes first, for a shell that has become another.
        assert b"".join(session.chunks()) == b"\ntrue\nwhat it is to do"
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


def run_in(one: Spare, script: str) -> str:
    session = one.take()
    assert session
    with session:
        session.outlives("token")
        session.feed(f"{script}; printf '\\036token0\\n' | tee /dev/stderr\n".encode(), last=False)
        said = b"".join(session.pieces(None)).decode()
        assert session.wait() == 0
    return said.strip()


SHELL = 'echo; while read -r s; do eval "$s"; done'


def test_a_shell_takes_script_after_script() -> None:
    one = spare(SHELL)
    one.begin()

    assert run_in(one, "echo $$") == run_in(one, "echo $$")
    assert one.has_shell
    one.close()
    assert not one.has_shell


def test_the_only_session_that_a_box_allows_is_left_to_others(tmp_path: Path) -> None:
    one = spare(f"mkdir {tmp_path}/taken || exit 1; {SHELL}")
    one.begin()
    session = one.take()
    assert session
    with session:
        one.begin()
        session.outlives("token")
        until((tmp_path / "taken").exists)
        session.feed(b"sleep 0.5; printf '\\036token0\\n' | tee /dev/stderr\n", last=False)
        assert b"".join(session.pieces(None)) == b"\n"
        assert session.wait() == 0

    assert not session.is_running
    assert one.take() is None


def test_one_that_nobody_takes_ends_with_the_login(tmp_path: Path) -> None:
    one = spare(f"echo $$ > {tmp_path}/pid; echo; exec cat")
    one.begin()
    until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    one.close()

    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text().strip()}")  # noqa: PTH110
    one.begin()
    assert one.take() is None
