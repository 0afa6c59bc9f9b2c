"""Links that break under a copy from box to box, either of them: it goes on where it stopped."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.clock import on_this_machine
from tests.support.processes import until
from tests.support.trees import described, litter, make_tree
from tests.support.two_boxes import TwoBoxes
from tests.support.way import ON_ONE_CONNECTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person

LARGE_BYTES = 16_000_000
DEADLINE_S = 60
ENDS = ("--from=proj-1:ckpt", "--to=proj-2:data/")
Links = dict[str, Link]


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    (person.home / "invoke.yaml").write_text(ON_ONE_CONNECTION)
    with TwoBoxes(person, tmp_path) as boxes:
        yield boxes


@pytest.fixture
def links(two: TwoBoxes) -> Iterator[Links]:
    """The ways to both; the first box takes the second's link as well, as the alias leads through it."""
    with ExitStack() as open_:
        found = {}
        for name, server in (("proj-1", two.source), ("proj-2", two.target)):
            # Slow enough that what is in flight at a cut is little.
            found[name] = open_.enter_context(Link(server.port, rate_bytes_s=8_000_000))
            two.leads(name, found[name].port)
        yield found


def crossed_bytes(links: Links) -> int:
    return sum(link.bytes_up + link.bytes_down for link in links.values())


@pytest.mark.parametrize("broken", ["proj-1", "proj-2"])
def test_a_stream_goes_on_after_every_cut_of_either_link(broken: str, links: Links, two: TwoBoxes) -> None:
    """Whole at the end, and hardly a byte crosses a link twice."""
    make_tree(two.source.home / "ckpt", large_bytes=LARGE_BYTES)
    for cut_bytes in (3_000_000, 7_000_000, 12_000_000):
        links[broken].cut_at(cut_bytes)

    said = two.copies("--json")

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["attempts"]) == ("sftp", 4)
    assert described(two.target.home / "data" / "ckpt") == described(two.source.home / "ckpt")
    assert crossed_bytes(links) < 2 * LARGE_BYTES * 1.1 + 3 * 4_000_000
    assert (
        said.json["verification"]["comparison"]["source_hash"] == said.json["verification"]["comparison"]["target_hash"]
    )
    assert litter(two.target.home) == []


@pytest.mark.parametrize("fault", ["cut", "silence"])
def test_a_straight_copy_goes_on_when_the_link_between_the_boxes_breaks(
    fault: str, links: Links, two: TwoBoxes
) -> None:
    """The first box's own link: what crossed it is there, and is not sent again."""
    two.joins()
    make_tree(two.source.home / "ckpt", large_bytes=LARGE_BYTES)
    at = links["proj-2"].cut_at if fault == "cut" else links["proj-2"].silence_at
    at(9_000_000)
    start_s = time.monotonic()

    said = two.copies("--json")
    links["proj-2"].drop_muted()

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["attempts"]) == ("direct", 2)
    assert described(two.target.home / "data" / "ckpt") == described(two.source.home / "ckpt")
    assert links["proj-2"].bytes_up + links["proj-2"].bytes_down < LARGE_BYTES * 1.1
    assert links["proj-1"].bytes_up + links["proj-1"].bytes_down < LARGE_BYTES / 10
    assert time.monotonic() - start_s < on_this_machine(DEADLINE_S)
    assert litter(two.target.home) == []


@pytest.mark.parametrize("fault", ["cut", "silence_open"])
def test_a_straight_copy_goes_on_when_our_own_link_breaks(fault: str, links: Links, two: TwoBoxes) -> None:
    """After silence the first box's rsync lives on: it is ended before the next one starts."""
    two.joins()
    size_bytes = 10_000_000
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(size_bytes))
    target = two.target.home / "data" / "ckpt"
    # So slow that one which lives on is still at it when the next attempt starts, and sends the rest a second time.
    with two.person.starts("inv", "transfer.copy", *ENDS, "--json", "--bwlimit=1000") as copy:
        until(lambda: any(path.stat().st_size > size_bytes / 4 for path in target.glob(".*-partial/*")))
        getattr(links["proj-1"], fault)()
        _, stderr = copy.communicate(timeout=DEADLINE_S)
    left = two.left_behind()
    links["proj-1"].drop_muted()

    assert copy.returncode == 0, stderr
    assert "attempt 2" in stderr
    assert (target / "big").read_bytes() == (two.source.home / "ckpt" / "big").read_bytes()
    assert left == []
    assert links["proj-2"].bytes_up + links["proj-2"].bytes_down < size_bytes * 1.1
    assert litter(two.target.home) == []


def test_a_stream_ends_what_a_straight_copy_left_running(links: Links, two: TwoBoxes) -> None:
    """A ghost of the straight way could rename its version over what the stream has completed."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(LARGE_BYTES))
    target = two.target.home / "data" / "ckpt"
    with two.person.starts("inv", "transfer.copy", *ENDS) as copy:
        until(lambda: any(path.stat().st_size > LARGE_BYTES / 4 for path in target.glob(".*-partial/*")))
        for link in links.values():
            link.silence_open()
        copy.kill()
        copy.communicate(timeout=DEADLINE_S)
    ghosts = two.left_behind()

    said = two.copies("--engine=sftp", "--json")
    left = two.left_behind()
    for link in links.values():
        link.drop_muted()

    assert ghosts
    assert said.exit_code == 0, said.stderr
    assert left == []
    assert (target / "big").read_bytes() == (two.source.home / "ckpt" / "big").read_bytes()
