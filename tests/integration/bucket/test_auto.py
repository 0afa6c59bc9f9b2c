"""Where a box gives nothing but a terminal, the only relay of the settings is taken if it is faster."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.conftest import lets_in
from tests.support.terminals import terminal_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bucket import Bucket
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

DATA_BYTES = 21_000_000
SLOW_BYTES_S = 2_000_000


@pytest.fixture
def server(person: Person, tmp_path: Path) -> Iterator[Sshd]:
    with terminal_only(tmp_path / "terminal") as made:
        lets_in(made, person)
        yield made


def types(person: Person, server: Sshd, bucket: Bucket, task: str, *, ports: tuple[int, int]) -> Said:
    """Copy; the ports are those by which the person gets to the box and to the bucket."""
    person.adds_alias("proj-1", ports[0], server.user)
    (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
    (person.home / "fabric.yaml").write_text(bucket.settings.replace(str(bucket.port), str(ports[1])))
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--path=data", "--to=to/", "--json")
    return person.types(*words, env=bucket.environment)


@pytest.mark.parametrize("task", ["push", "pull"])
def test_a_slow_terminal_is_spared(person: Person, server: Sshd, bucket: Bucket, task: str) -> None:
    source, target = (person.home, server.home) if task == "push" else (server.home, person.home)
    (source / "data").write_bytes(os.urandom(DATA_BYTES))
    with Link(server.port, rate_bytes_s=SLOW_BYTES_S) as link:
        said = types(person, server, bucket, task, ports=(link.port, bucket.port))

    assert said.exit_code == 0, said.stderr
    assert "proj-1: by way of lab: about " in said.stderr
    assert said.json["via"]["relay"] == "lab"
    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()
    assert bucket.objects == []


@pytest.mark.parametrize("few", [True, False])
def test_a_slow_relay_is_not_taken_nor_any_for_little(person: Person, server: Sshd, bucket: Bucket, few: bool) -> None:
    (person.home / "data").write_bytes(os.urandom(100_000 if few else DATA_BYTES))
    with Link(bucket.port, rate_bytes_s=SLOW_BYTES_S // 8) as link:
        said = types(person, server, bucket, "push", ports=(server.port, link.port))
        stored = link.connections

    assert said.exit_code == 0, said.stderr
    assert ("proj-1: by its terminal: about " in said.stderr) == (not few)
    assert (stored == 0) == few
    assert said.json["via"] is None
    assert (server.home / "to" / "data").read_bytes() == (person.home / "data").read_bytes()
    assert bucket.objects == []
