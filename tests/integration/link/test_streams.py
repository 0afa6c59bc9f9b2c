"""A copy over several connections: chosen, told of, healed, and refused where a box can't."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.person import result_in
from tests.support.processes import programs_of, until
from tests.support.tools import only_has
from tests.support.trees import described

if TYPE_CHECKING:
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

SIZE_BYTES = 24 << 20


@pytest.fixture
def ckpt(box: Sshd) -> bytes:
    data = os.urandom(SIZE_BYTES)
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "weights").write_bytes(data)
    (box.home / "ckpt" / "small").write_text("x")
    return data


def copies(person: Person, task: str, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", *words, "--json")


def test_a_tree_goes_there_and_back_over_several_connections(ckpt: bytes, box: Sshd, person: Person) -> None:
    pulled = copies(person, "pull", "--path=ckpt", "--streams=3", "--verify", "--bwlimit=10M")
    again = copies(person, "pull", "--path=ckpt", "--streams=3")
    pushed = copies(person, "push", "--path=proj-1/ckpt", "--to=back/", "--streams=3", "--bwlimit=10M")

    assert [said.exit_code for said in (pulled, again, pushed)] == [0, 0, 0], pulled.stderr + pushed.stderr
    # All three have logged in by then, unless the machine is busy with something else.
    assert [len(said.json["streams"]) > 1 for said in (pulled, again, pushed)] == [True, False, True]
    assert sum(lane["received_bytes"] for lane in pulled.json["streams"]) >= SIZE_BYTES
    assert SIZE_BYTES < pulled.json["wire_bytes"] < 1.5 * SIZE_BYTES
    assert described(box.home / "back" / "ckpt") == described(box.home / "ckpt")


def test_connections_that_die_are_replaced_and_rsync_does_not_notice(ckpt: bytes, box: Sshd, person: Person) -> None:
    """All of them at once, in the middle; it is one attempt."""
    with Link(box.port, rate_bytes_s=6_000_000) as link:
        person.adds_alias("slow", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\nslow-1 {box.host_key_line}\n")
        run = person.starts(
            "fab", "-H", "slow-1", "transfer.pull", "--path=ckpt", "--to=here/", "--streams=3", "--json"
        )
        until(lambda: link.bytes_down > SIZE_BYTES // 3 or run.poll() is not None)
        link.cut()
        stdout, stderr = run.communicate(timeout=90)

    assert run.returncode == 0, stderr
    said = result_in(stdout)
    assert said["attempts"] == 1, stderr
    assert said["heals"] >= 3
    assert (person.home / "here" / "ckpt" / "weights").read_bytes() == ckpt


def test_the_far_end_waits_no_longer_than_the_setting_says(ckpt: bytes, box: Sshd, person: Person) -> None:
    """All our programs die in one moment, so none of them says goodbye."""
    assert ckpt
    (person.home / "fabric.yaml").write_text("transfer: {streams_grace_s: 1}\n")
    words = ("--path=ckpt", "--to=here/", "--streams=3", "--bwlimit=2M")
    run = person.starts("fab", "-H", "proj-1", "transfer.pull", *words)
    until(lambda: any(b"--server" in command for command in programs_of(box.home).values()))
    until(lambda: len(programs_of(box.home)) > 3)

    for process in (*programs_of(person.home), run.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    run.communicate()

    until(lambda: not programs_of(box.home))


def test_a_box_without_python_gets_one_connection_and_it_is_said(ckpt: bytes, box: Sshd, person: Person) -> None:
    only_has(box, "rsync", "df", "grep", "find", "kill", "sleep", "env")

    said = copies(person, "pull", "--path=ckpt", "--streams=3")

    assert said.exit_code == 0, said.stderr
    assert said.json["streams"] == []
    assert "proj-1: one connection only: several need Python 3.8 or newer there" in said.stderr


@pytest.mark.parametrize("words", ["0", "33", "many", "-1", "1.5"])
def test_a_number_of_connections_that_is_none_is_refused(words: str, person: Person) -> None:
    person.adds_alias("proj-1", 9)
    said = copies(person, "pull", "--path=x", f"--streams={words}")
    assert said.exit_code == 2
    assert "--streams=auto" in said.stderr


def test_nothing_stands_between_the_copies_of_a_watch(ckpt: bytes, box: Sshd, person: Person) -> None:
    """It may wait for hours."""
    assert ckpt
    words = ("--path=ckpt/", "--to=here", "--streams=2", "--every=1", "--settle=1")
    run = person.starts("fab", "-H", "proj-1", "transfer.watch", *words)
    until(lambda: (person.home / "here" / "weights").exists() or run.poll() is not None)
    until(lambda: not any(b"readline" in command for command in programs_of(box.home).values()))

    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
