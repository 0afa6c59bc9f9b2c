"""The task that closes a box's account: everything here, nothing of ours left there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import fleet, report
from ssh_transport.boundary import task
from ssh_transport.box import boxes

from ._how import JSON, ON
from ._proof import prove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invoke import Context

    from ssh_transport.box import Box


@task(
    iterable=["abandon"],
    help={
        "on": ON,
        "receipts": "Directory here below which the receipts of verified pulls lie (default: .)",
        "abandon": "What may be lost: a path on the box, a name or a pattern; may be given several times",
        "revoke_key": "Also take the key of this login out of authorized_keys",
        "dry_run": "Look at everything; change nothing",
        "json": JSON,
    },
)
def leave(
    c: Context,
    on: str = "",
    receipts: str = ".",
    abandon: Iterable[str] | None = None,
    revoke_key: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Check that nothing on a box would be lost, then leave nothing of yours there."""
    from ssh_transport import leave as leaving

    place, patterns = Path(receipts).expanduser(), tuple(abandon or ())

    def act(box: Box) -> Any:
        proving = lambda request: prove(c, box, request, keep=False)  # noqa: E731 - one line
        plan = leaving.Plan(place, patterns, revoke_key=revoke_key, dry_run=dry_run)
        return leaving.leave(box, plan, proving, told=report.say)

    return fleet.each(boxes(c, on), act, as_json=json)
