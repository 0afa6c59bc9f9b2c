"""What a comparison goes over: as many connections as asked, those that heal where it takes long, else the open one."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import LinkLost
from ssh_transport.manifest import ends, receipt, recheck_here, verify
from ssh_transport.transfer import Options, Patience, Request, pull_request
from tests.support.tools import only_has

if TYPE_CHECKING:
    import pytest

    from ssh_transport.box import Box
    from ssh_transport.manifest.ends import Listing
    from tests.support.person import Person
    from tests.support.sshd import Sshd

# A Python that says it is older than it is.
OLD = """#!/bin/sh
case "$*" in *'"ask"'*true*) {python} "$@" | sed 's/"version": [^]]*/"version": [3, 7/' ;; *) exec {python} "$@" ;; esac
"""


def test_a_comparison_goes_over_connections_that_heal_if_it_is_long_or_set(
    there: Box, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssh_transport.manifest.verification._LONG_BYTES", 100_000)
    for home in (box.home, person.home):
        (home / "small").write_text("x")
        (home / "large").write_bytes(bytes(100_001))
    shown = set[int]()

    def streams_of(name: str, streams: str = "") -> int:
        request = pull_request(there, name, str(person.home / name), Options(streams=streams))
        proof = verify(request, Patience(1, 1), lambda progress: shown.add(progress.streams), keep=False)
        assert proof.comparison.identical
        assert proof.heals == 0
        return len(proof.streams)

    assert streams_of("small") == 0
    # The others may not have logged in yet when it is over.
    assert 1 <= streams_of("small", "3") <= 3
    assert 1 <= streams_of("large") <= 2
    assert streams_of("large", "1") == 1
    assert shown <= {1, 2, 3}


def test_a_box_whose_python_is_old_compares_as_ever_and_it_is_reported(box: Sshd, person: Person) -> None:
    (box.home / "a").write_text("a")
    (person.home / "proj-1").mkdir()
    (person.home / "proj-1" / "a").write_text("b")
    only_has(box)
    python = box.home.parent / "tools" / "python3"
    python.write_text(OLD.format(python=shlex.quote(sys.executable)))
    python.chmod(0o755)

    words = ("fab", "-H", "proj-1", "transfer.verify", "--path=a", "--streams=3", "--json")
    first, second = (person.types(*words) for _ in range(2))

    for said in (first, second):
        assert said.exit_code == 27, said.stderr
        assert said.json["streams"] == []
        assert said.json["comparison"]["differences"]["different"]["names"] == ["."]
        assert "proj-1: compares over one connection only: several need Python 3.8 or newer there" in said.stderr


def test_what_was_compared_is_not_compared_again_for_its_receipt(
    there: Box, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link breaks after the last record."""
    for home in (box.home, person.home):
        (home / "a").write_text("a")
    listings, writes, write, here = list[str](), list[str](), receipt.write, ends.here

    def lists(listing: Listing, algorithm: str) -> Any:
        listings.append(listing.path)
        return here(listing, algorithm)

    def breaks_once(request: Request, *words: Any, **more: Any) -> str:
        writes.append(request.box.name)
        if len(writes) == 1:
            raise LinkLost("broke", box=request.box.name)
        return write(request, *words, **more)

    monkeypatch.setattr(ends, "here", lists)
    monkeypatch.setattr(receipt, "write", breaks_once)
    request = pull_request(there, "a", str(person.home / "a"), Options())
    proof = verify(request, Patience(2, 60, lambda _: None), lambda _: None)

    assert (len(listings), len(writes)) == (1, 2)
    assert recheck_here(proof.receipt).holds
