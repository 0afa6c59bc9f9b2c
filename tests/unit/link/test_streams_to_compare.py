"""Over what a comparison goes, by what was asked and what the box has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box.share import Share, shared
from ssh_transport.errors import UsageError
from ssh_transport.facts.sizes import holds_over
from ssh_transport.link.streams import Streams, streams, streams_to_compare, suited

if TYPE_CHECKING:
    from pathlib import Path


class Case(NamedTuple):
    asked: str
    chosen: Streams | None
    takes_long: bool = True
    python: tuple[int, int] = (3, 8)
    has_ssh: bool = True
    platform_most: int = 16
    setting: str = "auto"
    said: str = ""


CASES = {
    "auto, long": Case("", Streams(2, 2)),
    "auto, short": Case("auto", None, takes_long=False),
    "told, short": Case("5", Streams(5, 5), takes_long=False),
    "set, short": Case("", Streams(3, 3), takes_long=False, setting="3"),
    "one, long": Case("1", Streams(1, 1)),
    "one, short": Case("1", None, takes_long=False),
    "a platform that bears one": Case("auto", Streams(1, 1), platform_most=1),
    "old Python": Case("auto", None, python=(3, 7)),
    "old Python, told": Case("2", None, python=(3, 7), said="several need Python 3.8 or newer there"),
    "old Python, one": Case("1", None, python=(3, 7)),
    "no ssh": Case("auto", None, has_ssh=False),
    "no ssh, told": Case("2", None, has_ssh=False, said="several need an `ssh` on this machine"),
}


def box(case: Case) -> Any:
    c = Context(Config(overrides={"transfer": {"streams": case.setting}}, lazy=True))
    reach = SimpleNamespace(streams_max=case.platform_most)
    return SimpleNamespace(c=c, name="b", platform=(reach, reach), goes_by_ssh=case.has_ssh)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_comparison_goes_over(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    found = streams_to_compare(box(case), case.asked, case.python, takes_long=lambda: case.takes_long)
    assert found == case.chosen
    assert capsys.readouterr().err == (f"b: compares over one connection only: {case.said}\n" if case.said else "")


FAR = SimpleNamespace(round_trip_s=0.2, python_version=(3, 12))


@pytest.mark.parametrize(
    ("asked", "share", "chosen"),
    [
        ("auto", Share(), Streams(8, 16)),
        ("auto", Share(boxes=2), Streams(8, 8)),
        ("auto", Share(boxes=5), Streams(3, 3)),
        ("auto", Share(boxes=16), Streams()),
        ("auto", Share(boxes=4, of_host=4), Streams(2, 2)),
        ("auto", Share(boxes=100), Streams()),
        ("12", Share(boxes=4), Streams(12, 12)),
        ("12", Share(boxes=16), Streams(4, 4)),
    ],
    ids=str,
)
def test_boxes_side_by_side_share_the_connections(
    asked: str, share: Share, chosen: Streams, capsys: pytest.CaptureFixture[str]
) -> None:
    """And at one host the first logins of each; a number that is cut is told. None has more than it begins with."""
    end: Any = FAR
    with shared(share):
        assert streams(box(CASES["auto, long"]), asked, end) == chosen

    is_cut = asked == "12" and chosen.most < 12
    told = "b: 4 of 12 connections: boxes side by side share `fleet.streams_max`\n"
    assert capsys.readouterr().err == (told if is_cut else "")


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError):
        streams_to_compare(box(CASES["auto, long"]), "0", (3, 12), takes_long=lambda: True)


def test_how_much_a_path_holds_is_told_by_bytes_and_by_names(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    for name in ("c", "d"):
        (deep / name).write_bytes(bytes(100_000))
    (deep / "link").symlink_to("/")

    assert holds_over(str(tmp_path), limit_bytes=150_000, limit_names=100)
    assert not holds_over(str(tmp_path), limit_bytes=300_000, limit_names=100)
    assert holds_over(str(tmp_path), limit_bytes=300_000, limit_names=4)
    assert not holds_over(str(tmp_path), limit_bytes=300_000, limit_names=5)
    assert holds_over(f"{deep}/c", limit_bytes=99_999, limit_names=100)
    assert not holds_over(f"{deep}/missing", limit_bytes=0, limit_names=0)


@pytest.mark.parametrize(
    ("asked", "total_bytes", "begins"),
    [
        ("auto", 1000, Streams()),
        ("auto", 1 << 20, Streams(1, 16)),
        ("auto", 16 << 20, Streams(1, 16, sessions=2)),
        ("auto", 1 << 30, Streams(8, 16)),
        ("4", 16 << 20, Streams(8, 16)),
    ],
)
def test_what_one_session_has_no_room_for_gets_two_over_the_same_login(
    asked: str, total_bytes: int, begins: Streams
) -> None:
    """Nobody who names a number of connections gets another one."""
    assert suited(box(Case("", None)), asked, Streams(8, 16), total_bytes) == begins
