"""Over how many connections a copy goes, that of one box among many."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import share
from ssh_transport.facts.copying import MUCH_BYTES
from ssh_transport.link.streams import Streams
from ssh_transport.request.options import Options
from ssh_transport.transfer.rsync import lanes as lanes_module
from ssh_transport.transfer.rsync.lanes import Lanes

if TYPE_CHECKING:
    from pathlib import Path


def lanes(source: Path, boxes: int, **options: Any) -> Lanes:
    reach = SimpleNamespace(streams_max=8)
    box = SimpleNamespace(c=Context(Config(lazy=True)), name="b", platform=(reach, reach), goes_by_ssh=True)
    here, there = SimpleNamespace(path=str(source), is_here=True), SimpleNamespace(is_here=False)
    request: Any = SimpleNamespace(box=box, options=Options(**options), source=here, target=there)
    remote: Any = SimpleNamespace(round_trip_s=0.2, python_version=(3, 12), holds_much=False)
    with contextlib.closing(share.Found()) as found, share.shared(share.Share(boxes=boxes, found=found)):
        return Lanes(request, remote)


def test_a_little_for_one_of_many_boxes_goes_over_one_connection(tmp_path: Path) -> None:
    """However far the box seems; what is much, asked for, or for one box alone has several."""
    (tmp_path / "little").write_bytes(bytes(1000))
    with (tmp_path / "much").open("wb") as file:
        file.truncate(MUCH_BYTES + 1)

    assert lanes(tmp_path / "little", 4).chosen == Streams()
    assert lanes(tmp_path / "little", 4, streams="3").chosen == Streams(3, 3)
    assert lanes(tmp_path / "little", 1).chosen.most > 1
    assert lanes(tmp_path / "much", 4).chosen.most > 1


@pytest.mark.parametrize(("size_bytes", "begun"), [(1000, []), (MUCH_BYTES + 1, [8])])
def test_what_goes_over_one_connection_begins_no_login_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_bytes: int, begun: list[int]
) -> None:
    """A session waits for it already."""
    with (tmp_path / "source").open("wb") as file:
        file.truncate(size_bytes)
    counts: list[int] = []
    monkeypatch.setattr(lanes_module, "lane_logins", lambda _: SimpleNamespace(begin=counts.append))

    lanes(tmp_path / "source", 1).begin()

    assert counts == begun


@pytest.mark.parametrize(
    ("boxes", "options", "is_paced", "most"),
    [
        (4, {"bwlimit": "1M"}, True, 1),
        (4, {"bwlimit": "0"}, False, 4),
        (4, {"bwlimit": "1M", "streams": "3"}, False, 3),
        (1, {"bwlimit": "1M"}, False, 8),
        (4, {}, False, 4),
    ],
    ids=str,
)
def test_a_limit_of_all_is_kept_to_over_one_connection_each(
    tmp_path: Path, boxes: int, options: dict[str, str], *, is_paced: bool, most: int
) -> None:
    with (tmp_path / "much").open("wb") as file:
        file.truncate(MUCH_BYTES + 1)

    found = lanes(tmp_path / "much", boxes, **options)

    assert (found.pace is not None, found.chosen.most) == (is_paced, most)
    if found.pace:
        assert (found.pace.bytes_s, found.pace.copies) == (1 << 20, boxes)
