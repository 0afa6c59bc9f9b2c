"""Before a box is given back, what its copies have left in a relay is named; that never stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.filed import family
from tests.support.bucket import Bucket
from tests.support.leaving import leaves, own_profile
from tests.support.lying_store import LyingStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

REST = f"{'45' * 12}/000000-{'ab' * 32}"
CLEAN = "ssh-transport transfer.relay lab --clean"


@pytest.fixture(autouse=True)
def _one_home(person: Person) -> None:
    own_profile(person, "everywhere = false")


@pytest.fixture
def bucket(tmp_path: Path, person: Person) -> Iterator[Bucket]:
    with Bucket(tmp_path / "bucket") as made:
        (person.home / "fabric.yaml").write_text(made.settings)
        yield made


def left(bucket: Bucket, family: str, data: bytes) -> None:
    path = bucket.files / "of" / "mine" / family / REST
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def test_parts_from_this_box_and_from_here_are_named_and_no_others(person: Person, box: Sshd, bucket: Bucket) -> None:
    left(bucket, family("", "/data"), b"pushed")
    left(bucket, family(box.host_key_fingerprint, "/ckpt"), b"pulled")
    left(bucket, family("SHA256:another", "/ckpt"), b"of another box")

    said = leaves(person, "--dry-run", "--json", env=bucket.environment)

    assert said.exit_code == 0, said.stderr
    assert f"2 parts in lab, 12 B, of copies from here or from this box that were stopped; to delete them: {CLEAN}" in (
        said.stderr
    )
    (relay,) = said.json["relays"]
    assert (relay["relay"], [one["bytes"] for one in relay["copies"]], relay["fault"]) == ("lab", [6, 6], "")


def test_an_empty_relay_is_told_to_be_empty(person: Person, box: Sshd, bucket: Bucket) -> None:
    said = leaves(person, "--dry-run", env=bucket.environment)

    assert said.exit_code == 0, said.stderr
    assert "[x] relay: nothing in lab\n" in said.stdout + said.stderr


def test_a_relay_that_does_not_answer_is_one_line(person: Person, box: Sshd, bucket: Bucket) -> None:
    with LyingStore(lambda asked, _: asked.says(503, b"<Error><Code>SlowDown</Code></Error>")) as store:
        endpoint = store.url.rpartition("/")[0]
        (person.home / "fabric.yaml").write_text(f"relays: {{lab: {{url: s3://runs, endpoint: '{endpoint}'}}}}\n")

        said = leaves(person, "--dry-run", env=bucket.environment)

    assert said.exit_code == 0, said.stderr
    (line,) = [line for line in (said.stdout + said.stderr).splitlines() if "] relay: " in line]
    assert line.startswith("[x] relay: lab was not looked at: could not list the relay `lab`: SlowDown")
    assert len(store.asked) == 1


def test_what_opens_nothing_is_one_line_too(person: Person, box: Sshd, bucket: Bucket) -> None:
    said = leaves(person, "--dry-run")

    assert said.exit_code == 0, said.stderr
    assert "[x] relay: lab was not looked at: nothing opens the relay `lab`: " in said.stdout + said.stderr


def test_without_a_relay_nothing_is_said_of_one(person: Person, box: Sshd) -> None:
    said = leaves(person, "--dry-run", "--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["relays"] == []
    assert "] relay: " not in said.stderr
