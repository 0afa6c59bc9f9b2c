"""What goes by way of a relay arrives with other servers too, which are strict where `rclone serve s3` is not."""

from __future__ import annotations

import contextlib
import http.client
import os
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.keys import Keys
from ssh_transport.bucket.relay import Relay
from ssh_transport.bucket.store import Store
from ssh_transport.errors import LoginRefused, PermissionRefused
from ssh_transport.secret.value import Secret
from tests.support.served_bucket import Moto
from tests.support.swift import Swift
from tests.support.trees import described, make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.served_bucket import ServedBucket
    from tests.support.sshd import Sshd

LARGE_BYTES = 3_000_000


@pytest.fixture(params=[Moto, Swift])
def server(request: pytest.FixtureRequest, tmp_path: Path, person: Person) -> Iterator[ServedBucket]:
    with request.param(tmp_path / "bucket") as made:
        (person.home / "fabric.yaml").write_text(f"transfer: {{attempts: 1}}\n{made.settings}")
        yield made


def test_both_ways_all_arrives_and_nothing_is_left(person: Person, box: Sshd, server: ServedBucket) -> None:
    make_tree(person.home / "data", large_bytes=LARGE_BYTES)
    push = ("transfer.push", "--path=data", "--to=there/", "--via=lab", "--json")
    pull = ("transfer.pull", "--path=there/data", "--to=back/", "--via=lab", "--json", "--verify")

    pushed, pulled = (person.types("fab", "-H", "proj-1", *words, env=server.environment) for words in (push, pull))
    left = person.types("fab", "transfer.relay", "lab", env=server.environment)

    assert (pushed.exit_code, pulled.exit_code) == (0, 0), pushed.stderr + pulled.stderr
    assert described(person.home / "back" / "data") == described(person.home / "data")
    assert [said.json["via"]["up_bytes"] > LARGE_BYTES for said in (pushed, pulled)] == [True, True]
    assert left.stdout == "lab: no copy has left anything\n", left.stderr


def opened(server: ServedBucket, secret: str) -> Store:
    relay = Relay("lab", "s3://runs/of/mine", f"http://127.0.0.1:{server.port}")
    return Store(relay, Keys(server.key_id, Secret(secret.encode())))


def status(method: str, url: str) -> int:
    split = urllib.parse.urlsplit(url)
    asked = http.client.HTTPConnection(split.netloc)
    asked.request(method, f"{split.path}?{split.query}", b"x" if method == "PUT" else None)
    with contextlib.closing(asked):
        return asked.getresponse().status


def test_an_address_does_the_one_thing_that_it_was_signed_for(tmp_path: Path) -> None:
    """Swift, as it is the one that checks."""
    with Swift(tmp_path / "bucket") as server:
        store = opened(server, server.secret)
        store.put("a/b", os.urandom(10))
        (get,) = store.signed("GET", ["a/b"], valid_s=60)
        (put,) = store.signed("PUT", ["a/b"], valid_s=60)

        assert [status("GET", get), status("PUT", put)] == [200, 200]
        assert [status("PUT", get), status("GET", put), status("GET", get.replace("a/b", "a/c"))] == [403, 403, 403]
        with pytest.raises((LoginRefused, PermissionRefused)) as caught:
            opened(server, "another").put("a/b", b"")

    assert server.secret not in str(caught.value)
