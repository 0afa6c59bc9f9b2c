"""A box that lacks nothing is compared, and not planned for once more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ssh_transport.link.persist import Patience
from ssh_transport.manifest import Held
from ssh_transport.spread import deliver
from ssh_transport.spread.look import Wanted
from ssh_transport.spread.ways import EACH, Way
from ssh_transport.transfer.columns import Changes
from ssh_transport.transfer.engine import Plan

COMPARED = "compared"


def wanted(plan: Plan, *, is_marked: bool) -> Wanted:
    request: Any = SimpleNamespace(
        source="data", target=SimpleNamespace(box=SimpleNamespace(name="proj-1")), is_between=False
    )
    return Wanted(request, (), cast("Any", SimpleNamespace(target=SimpleNamespace(is_marked=is_marked))), plan)


@pytest.mark.parametrize(
    ("plan", "is_marked", "copies"),
    [
        (Plan(0, 0), False, 0),
        (Plan(0, 0, changes=Changes([("attributes:", "data/")])), False, 1),
        (Plan(0, 0, unlisted="data/shut"), False, 1),
        (Plan(0, 0, dangling=["data/link"]), False, 1),
        (Plan(0, 0), True, 1),
    ],
)
def test_it_is_copied_to_only_if_something_is_to_be_done(
    plan: Plan, is_marked: bool, copies: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is also to end what an earlier run has left there."""
    copied: list[object] = []

    def copy(*asked: object, **_: object) -> Any:
        copied.append(asked)
        return SimpleNamespace(engine="rsync", wire_bytes=7)

    monkeypatch.setattr(deliver, "copy", copy)
    monkeypatch.setattr(deliver, "_compared", lambda *_, **__: COMPARED)
    one = wanted(plan, is_marked=is_marked)

    done = deliver.delivered(
        one, Way(EACH, ""), one.request, Patience(attempts=1, give_up_after_s=1), held=Held(), show=lambda _: None
    )

    assert len(copied) == copies
    assert done.from_here_bytes == 7 * copies
    assert cast("object", done.verification) == COMPARED
