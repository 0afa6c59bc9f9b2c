"""The SFTP server that the tests spoil is a good one when nobody spoils it: OpenSSH's own client says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.sshd import Sshd
from tests.support.trees import described, make_tree

if TYPE_CHECKING:
    from tests.support.person import Person

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("scenario", ["is honest", "answers out of order", "sends less than was asked for"])
def test_openssh_copies_a_tree_there_and_back(scenario: str, person: Person, tmp_path: Path) -> None:
    """Names, contents, modes and times, 5 MB of them in many requests at once; links it leaves out."""
    words = ["env", f"PYTHONPATH={CHECKOUT}", sys.executable, "-S", "-m", "tests.support.hostile_sftp", scenario, "/x"]
    make_tree(person.home / "ckpt", large_bytes=5_000_000)
    for link in ("link", "dangling"):
        (person.home / "ckpt" / link).unlink()
    (person.home / "back").mkdir()
    (tmp_path / "box").mkdir()
    with Sshd(tmp_path / "box", sftp_server=words) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
        known_hosts = f"UserKnownHostsFile={person.ssh / 'known_hosts'}"
        done = subprocess.run(
            ["sftp", "-F", person.ssh / "config", "-o", known_hosts, "-b", "-", "proj-1"],
            input="put -rp ckpt\nget -rp ckpt back/\n",
            cwd=person.home,
            env=person.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        there = described(server.home / "ckpt")

    assert done.returncode == 0, done.stderr
    assert there == described(person.home / "ckpt") == described(person.home / "back" / "ckpt")
