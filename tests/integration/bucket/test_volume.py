"""A volume that boxes have mounted is written and read with our own key; the box does nothing but name times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.bucket import Bucket
from tests.support.trees import described, make_tree
from tests.support.volume import VolumeDoor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

LIMIT_BYTES = 17 << 20
LARGE_BYTES = 40_000_000


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Bucket]:
    with Bucket(tmp_path / "volumes") as made:
        yield made


@pytest.fixture
def door(person: Person, volume: Bucket) -> Iterator[VolumeDoor]:
    with VolumeDoor(volume.port, LIMIT_BYTES) as made:
        settings = f"relays:\n  lab:\n    url: s3://runs\n    endpoint: http://127.0.0.1:{made.port}\n"
        (person.home / "fabric.yaml").write_text(f"{settings}    kind: volume\n    mount: {volume.files}\n")
        yield made


def types(person: Person, volume: Bucket, task: str, *words: str) -> Said:
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--via=lab", "--json", *words)
    return person.types(*words, env=volume.environment)


def test_what_is_pushed_is_there_under_its_names(person: Person, box: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    """Hostile names go over ssh; nothing is listed, and no part is too long."""
    make_tree(person.home / "data", large_bytes=LARGE_BYTES)

    said = types(person, volume, "push", "--path=data", f"--to={volume.files}/runs/", "--verify")

    assert said.exit_code == 0, said.stderr
    assert described(volume.files / "runs" / "data") == described(person.home / "data")
    assert said.json["via"]["up_bytes"] > LARGE_BYTES
    assert said.json["wire_bytes"] < 1 << 20
    assert door.listings == 0
    assert 0 < door.longest_bytes <= LIMIT_BYTES


def test_what_is_pulled_comes_from_the_volume(person: Person, box: Sshd, volume: Bucket, door: VolumeDoor) -> None:
    make_tree(volume.files / "ck", large_bytes=LARGE_BYTES)

    said = types(person, volume, "pull", f"--path={volume.files}/ck", "--to=to/", "--verify")

    assert said.exit_code == 0, said.stderr
    assert described(person.home / "to" / "ck") == described(volume.files / "ck")
    assert said.json["via"]["down_bytes"] > LARGE_BYTES
    assert said.json["wire_bytes"] < 1 << 20
    assert door.listings == 0


def test_what_is_not_on_it_is_refused_before_anything_moves(
    person: Person, box: Sshd, volume: Bucket, door: VolumeDoor
) -> None:
    (person.home / "data").write_bytes(os.urandom(1000))

    said = types(person, volume, "push", "--path=data", "--to=to/")
    left = person.types("fab", "transfer.relay", "lab", env=volume.environment)

    assert said.exit_code == 2
    assert "is not on the volume `lab`" in said.stderr
    assert f"a path below {volume.files}" in said.stderr
    assert volume.objects == []
    assert "no copy has left anything" in left.stdout
    assert door.listings == 0
