"""Links that break while both ends are compared: it is made again, and a cut is never taken for the end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.way import way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.link import Link
    from tests.support.person import Person
    from tests.support.sshd import Sshd

FILES = 4_000


@pytest.fixture
def link(box: Sshd, person: Person) -> Iterator[Link]:
    """Not as impatient as elsewhere: a comparison is silent while it hashes."""
    with way(box, person, settings="transfer: {keepalive_s: 1, keepalive_misses: 4}\n") as between:
        yield between


@pytest.mark.parametrize("fault", ["cut", "silence"])
def test_a_comparison_is_made_again_after_a_drop(fault: str, link: Link, box: Sshd, person: Person) -> None:
    """In the middle of the listing."""
    (box.home / "ckpt").mkdir()
    for number in range(FILES):
        (box.home / "ckpt" / f"{number:05d}").write_text(str(number))
    shutil.copytree(box.home / "ckpt", person.home / "proj-1" / "ckpt")
    {"cut": link.cut_at, "silence": link.silence_at}[fault](100_000)

    said = person.types("fab", "-H", "proj-1", "transfer.verify", "--path=ckpt", "--json")

    assert said.exit_code == 0, said.stderr
    assert "; attempt 2 in " in said.stderr
    assert said.json["comparison"]["files"] == FILES
    # Short as it is, the second time it goes over what would bear the next drop.
    assert said.json["streams"]
