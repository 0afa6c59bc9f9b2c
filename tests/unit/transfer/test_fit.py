"""Names that become one, and what else a target can't hold, by what was found out of its file system."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.errors import Guarded
from ssh_transport.facts.abilities import Abilities, abilities
from ssh_transport.facts.directory import Directory, Filesystem
from ssh_transport.request.end import End
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request
from ssh_transport.transfer import fit
from ssh_transport.transfer.columns import Write, Writes
from ssh_transport.transfer.engine import Plan

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = Request(source=End("/from/"), target=End("/to"), options=Options())


def refused(able: Abilities, *names: str, writes: tuple[Write, ...] = ()) -> Guarded:
    engine: Any = SimpleNamespace(source_names=lambda: names)
    with pytest.raises(Guarded) as caught:
        fit.check(REQUEST, engine, Plan(1, 1, writes=Writes(writes)), able)
    return caught.value


def test_names_that_differ_in_case_alone_are_told_in_pairs() -> None:
    """In one directory; what is below two directories that become one is not told again."""
    error = refused(Abilities(folds_case=True), "a/Model", "a/model", "b/model", "Data/", "Data/x", "data/", "data/X")

    assert error.cause.splitlines()[:-1] == ["a/Model and a/model", "Data and data"]


def test_an_accent_written_in_two_ways_is_one_name() -> None:
    assert "pair" in refused(Abilities(folds_case=True), "caf\u00e9", "cafe\u0301").what


def test_a_target_that_folds_nothing_takes_them() -> None:
    engine: Any = SimpleNamespace(source_names=lambda: pytest.fail("nobody asks"))
    fit.check(REQUEST, engine, Plan(0, 0), Abilities())


def test_names_and_sizes_that_can_not_be_are_told_by_name() -> None:
    writes = (Write("run:1/", 0, is_new=True), Write("run:1/large", 5 << 30, is_new=True, is_file=True))

    assert "run:1" in refused(Abilities(refused_names=frozenset({"run:1"})), writes=writes).cause
    assert "run:1/large" in refused(Abilities(refuses_size=True), writes=writes).cause


@pytest.mark.parametrize(
    ("kind", "size_bytes", "names", "is_tried"),
    [
        ("ext4", 1 << 40, "a:b c", False),
        ("ext4", (1 << 40) + 1, "a", True),
        ("ext4", 1, "a A", True),
        ("overlay", 1, "a", False),
        ("vfat", 1, "a", True),
        ("", 1, "a", True),
    ],
)
def test_what_holds_all_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, kind: str, size_bytes: int, names: str, *, is_tried: bool
) -> None:
    asked: list[str] = []

    def tried(_: object, directory: str, **__: object) -> Abilities:
        asked.append(directory)
        return Abilities()

    monkeypatch.setattr(fit, "abilities", tried)
    filesystem = Filesystem(kind, "/", read_only=False) if kind else None
    directory = Directory("/to", "/to", is_directory=True, is_writable=True, filesystem=filesystem)
    ends: Any = SimpleNamespace(destination=SimpleNamespace(directory=directory))
    writes = [Write(name, size_bytes, is_new=True, is_file=True) for name in names.split()]
    plan = Plan(len(writes), size_bytes, writes=Writes(writes))

    assert fit.abilities_of(REQUEST, ends, plan) == Abilities()
    assert asked == ["/to"] * is_tried


def test_trying_a_directory_leaves_no_trace(tmp_path: Path) -> None:
    """Not even in its time, which the next copy would find changed."""
    before = tmp_path.stat().st_mtime_ns

    found = abilities(None, str(tmp_path), names=["a:b", "dot.", "quo'te", "plain", "\udcff"], size_bytes=10**12)

    assert found == Abilities()
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns == before


def test_a_directory_that_can_not_be_tried_says_nothing(tmp_path: Path) -> None:
    assert abilities(None, str(tmp_path / "none")) == Abilities()
