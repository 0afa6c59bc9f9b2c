"""With a first pull over several connections, the others log in as soon as a box far off has accepted a key."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

DELAY_S = 0.1
WORDS = ("fab", "-H", "far-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=3")
# What a proxy command does, for this test: both directions, as they come.
THROUGH = """
import os, select, socket, sys
far = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for one in select.select([0, far], [], [])[0]:
        data = os.read(one, 65536) if one == 0 else far.recv(65536)
        if not data:
            sys.exit()
        far.sendall(data) if one == 0 else os.write(1, data)
"""
COME, LET_IN, WANTS_IN = "Connection from ", "Accepted publickey", "method none"


@pytest.fixture
def far(box: Sshd, person: Person) -> Iterator[Sshd]:
    """A box far off, and something there that is larger than what one login would be enough for."""
    (box.home / "weights").write_bytes(b"x" * 300_000)
    with Link(box.port, delay_s=DELAY_S) as link:
        person.adds_alias("far", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"far-1 {box.host_key_line}\n")
        yield box


def lines(box: Sshd, *words: str) -> list[str]:
    """Return which of the words the box has logged, in its order."""
    return [word for line in box.log.read_text().splitlines() for word in words if word in line]


def test_the_others_are_under_way_before_the_first_is_let_in(far: Sshd, person: Person, tmp_path: Path) -> None:
    """However busy this machine is when it starts them: the key takes a moment, but less than they wait for it."""
    with agent_that_asks(person, tmp_path, seconds=0.3) as env:
        copied = person.types(*WORDS, env=env)
    first = lines(far, COME, LET_IN)
    again = person.types(*WORDS)

    assert (copied.exit_code, again.exit_code) == (0, 0), copied.stderr + again.stderr
    assert first == [COME] * 3 + [LET_IN] * 3
    # What is there is no first pull: there may be nothing to carry.
    assert lines(far, LET_IN) == [LET_IN] * 4
    assert (person.home / "here" / "weights").read_bytes() == b"x" * 300_000


def test_others_are_not_let_in_while_a_person_is_waited_for(far: Sshd, person: Person, tmp_path: Path) -> None:
    """Each would ask the same. They are given up, and come when the first is through."""
    with agent_that_asks(person, tmp_path, seconds=2) as env:
        copied = person.types(*WORDS, env=env)

    assert copied.exit_code == 0, copied.stderr
    assert lines(far, COME, LET_IN)[:4] == [COME] * 3 + [LET_IN]
    assert lines(far, WANTS_IN) == [WANTS_IN] * 3
    assert (person.home / "here" / "weights").read_bytes() == b"x" * 300_000


def test_where_the_first_is_refused_no_other_comes(far: Sshd, person: Person) -> None:
    (far.home / ".ssh" / "authorized_keys").write_text("")
    refused = person.types(*WORDS)

    assert refused.exit_code == 13, refused.stderr
    assert lines(far, COME) == [COME]


def test_where_the_host_key_is_another_none_comes(far: Sshd, person: Person) -> None:
    key = (person.ssh / "id_ed25519.pub").read_text()
    (person.ssh / "known_hosts").write_text(f"far-1 {key}")
    refused = person.types(*WORDS)

    assert refused.exit_code == 14, refused.stderr
    assert lines(far, COME) == [COME]


def test_behind_a_jump_the_first_is_let_in_before_the_others_come(far: Sshd, person: Person, tmp_path: Path) -> None:
    """The jump may have questions too, and each of the others has one of its own."""
    (tmp_path / "through").write_text(THROUGH)
    config = person.ssh / "config"
    command = f"{sys.executable} {tmp_path / 'through'} %h %p"
    config.write_text(f"Host far-1\n    ProxyCommand {command}\n{config.read_text()}")
    copied = person.types(*WORDS)

    assert copied.exit_code == 0, copied.stderr
    assert lines(far, COME, LET_IN)[:2] == [COME, LET_IN]


def test_of_several_boxes_each_is_let_in_before_its_others_come(far: Sshd, person: Person, tmp_path: Path) -> None:
    """Those that wait for their turn would hold too many."""
    with Link(far.port, delay_s=DELAY_S) as link, agent_that_asks(person, tmp_path, seconds=0.3) as env:
        person.adds_alias("far-2", link.port, far.user)
        with (person.ssh / "known_hosts").open("a") as pins:
            pins.write(f"far-2 {far.host_key_line}\n")
        words = ("fab", "-H", "far-1,far-2", *WORDS[3:-2], "--to=here/{box}/", WORDS[-1])
        copied = person.types(*words, env=env)

    assert copied.exit_code == 0, copied.stderr
    assert lines(far, COME, LET_IN).index(LET_IN) <= 2


def test_a_box_that_is_near_is_logged_in_to_first(box: Sshd, person: Person) -> None:
    """There nothing is gained, and a login that waits for a person would be noticed too late."""
    (box.home / "weights").write_bytes(b"x" * 300_000)
    copied = person.types(*("proj-1" if word == "far-1" else word for word in WORDS))

    assert copied.exit_code == 0, copied.stderr
    assert lines(box, COME, LET_IN)[:2] == [COME, LET_IN]


@contextlib.contextmanager
def agent_that_asks(person: Person, place: Path, *, seconds: float) -> Iterator[dict[str, str]]:
    """Yield the environment that leads to an agent with the person's key, which asks somebody who is slow."""
    asks = place / "asks"
    asks.write_text(f"#!/bin/sh\nsleep {seconds}\n")
    asks.chmod(0o700)
    env = {"SSH_ASKPASS": str(asks), "SSH_ASKPASS_REQUIRE": "force"}
    leads = {"SSH_AUTH_SOCK": str(place / "agent")}
    argv = ["ssh-agent", "-D", "-a", leads["SSH_AUTH_SOCK"]]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, env={**os.environ, **env}) as program:
        try:
            until(lambda: Path(leads["SSH_AUTH_SOCK"]).exists())
            subprocess.run(
                ["ssh-add", "-q", "-c", str(person.identity)], env={**os.environ, **leads}, check=True, timeout=20
            )
            yield leads
        finally:
            program.terminate()
