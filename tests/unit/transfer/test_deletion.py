"""What --delete refuses, and how exactly it deletes what it may."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import pytest

from ssh_transport.errors import Guarded, Incomplete
from ssh_transport.request.end import End
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request
from ssh_transport.transfer import deletion
from ssh_transport.transfer.engine import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box


def plan(*names: str, root: str = "", source: int = 10, kept: int = 10, **more: Any) -> Plan:
    return Plan(0, 0, deletions=names, root=root, source_names=source, kept_names=kept, **more)


@pytest.fixture
def request_(make_box: Callable[..., Box]) -> Callable[..., Request]:
    def make(path: str = "/to", limit: int | None = None) -> Request:
        return Request(
            source=End("./ckpt/", make_box()), target=End(path), options=Options(delete=True, max_delete=limit)
        )

    return make


@pytest.mark.parametrize(
    ("planned", "limit", "why"),
    [
        (plan(*"abc", source=0, kept=0), None, "`web:ckpt/` is empty: is something not mounted there?"),
        (plan(*"abcd", source=9, kept=3), None, "that is more than half of the 7 names there"),
        (plan(*map(str, range(1001)), source=5000, kept=5000), None, "that is more than 1,000"),
        (plan(*"ab"), 1, "--max-delete=1 allows no more"),
        (plan(*"a"), 0, "--max-delete=0 allows no more"),
    ],
)
def test_what_looks_like_a_mistake_is_refused(
    planned: Plan, limit: int | None, why: str, request_: Callable[..., Request]
) -> None:
    """The first names are told, and the word that lets them all go."""
    with pytest.raises(Guarded) as caught:
        deletion.check(planned, request_(limit=limit))

    assert caught.value.cause.splitlines()[0] == why
    assert f"delete {planned.deletions[0]}" in caught.value.cause
    assert f"--max-delete={len(planned.deletions)}" in caught.value.hint
    deletion.check(planned, request_(limit=len(planned.deletions)))


def test_the_directory_of_all_pulls_of_a_box_loses_nothing(request_: Callable[..., Request]) -> None:
    """Every pull that names no target lands in it."""
    with pytest.raises(Guarded, match="other copies too"):
        deletion.check(plan("other"), request_("/here/web/"))

    deletion.check(plan("other"), request_("/here/web/", 1))
    deletion.check(plan("other"), request_("/here/web/ckpt"))


def test_half_of_the_target_and_a_thousand_names_may_go(request_: Callable[..., Request]) -> None:
    deletion.check(plan(*"abc", source=3, kept=3), request_())
    deletion.check(plan(*map(str, range(1000)), source=5000, kept=1000), request_())
    deletion.check(plan(source=0, kept=0), request_())


def test_only_what_was_planned_and_is_still_to_go_goes(tmp_path: Path, request_: Callable[..., Request]) -> None:
    """What the source has again since, and what came to be at the target since, stay, and so do their directories."""
    root = tmp_path / "to"
    for name in ("old/deep/a", "old/b", "old/new since", "came back", "gone"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    os.utime(root, (1, 1))
    names = ("old/", "old/deep/", "old/deep/a", "old/b", "came back", "gone", "never was")

    deletion.delete(request_(str(root)), plan(*names, root=str(root)), set(names) - {"came back"})

    assert sorted(str(path.relative_to(root)) for path in root.rglob("*")) == ["came back", "old", "old/new since"]
    assert root.stat().st_mtime == 1


def test_nothing_is_deleted_through_a_link(tmp_path: Path, request_: Callable[..., Request]) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine").write_text("mine")
    root = tmp_path / "to"
    root.mkdir()
    (root / "old").symlink_to("../outside")

    deletion.delete(request_(str(root)), plan("old/mine", "old/", root=str(root)), {"old/mine", "old/"})

    assert (tmp_path / "outside" / "mine").read_text() == "mine"
    assert (root / "old").is_symlink()


def test_what_can_not_be_deleted_is_named_and_the_rest_goes(tmp_path: Path, request_: Callable[..., Request]) -> None:
    (tmp_path / "a directory now").mkdir()
    (tmp_path / "file").touch()
    names = ("a directory now", "file")

    with pytest.raises(Incomplete, match="1 name could not be deleted") as caught:
        deletion.delete(request_(str(tmp_path)), plan(*names, root=str(tmp_path)), names)

    assert "a directory now" in caught.value.cause
    assert not (tmp_path / "file").exists()


def test_after_a_listing_that_was_not_whole_nothing_goes(tmp_path: Path, request_: Callable[..., Request]) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Incomplete, match="nothing was deleted"):
        deletion.delete(request_(str(tmp_path)), plan(unlisted="opendir: Permission denied"), {"file"})

    assert (tmp_path / "file").exists()


def test_few_names_are_told_and_of_many_the_first() -> None:
    assert deletion.shown(["a\n", "b"]) == ["delete a\\n", "delete b"]
    assert deletion.shown([str(number) for number in range(12)])[-1] == "and 2 more"


def test_what_has_no_name_alike_at_the_source_needs_no_look_at_the_target() -> None:
    """However many go: the target is far, or has no SFTP."""
    many, nowhere = plan(*(f"old{number}" for number in range(10_000))), cast("Request", None)
    assert deletion.without_same(many, nowhere, ["new", "other/"]) is many
