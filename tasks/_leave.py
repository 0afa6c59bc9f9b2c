"""The task `hygiene.leave`: checks before a box is given back, and removal of what is ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON, ON
from ._verify import compare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invoke import Context

    from ssh_transport.box import Box


@task(
    iterable=["abandon"],
    help={
        "on": ON,
        "receipts": "Local directory that contains the receipts of verified pulls (default: .)",
        "abandon": "What may be lost: a path or pattern as the box's shell reads it at home (quote it), or a name",
        "revoke_key": "Also remove the key of this login from authorized_keys",
        "dry_run": "Check everything; change nothing",
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
    """Check that nothing on a box would be lost, then remove what is yours."""
    from ssh_transport import leave as leaving

    directory, patterns = Path(receipts).expanduser(), tuple(abandon or ())

    def act(box: Box) -> Any:
        verify = lambda request: compare(c, request, keep=False)  # noqa: E731 - one line
        plan = leaving.Plan(directory, patterns, revoke_key=revoke_key, dry_run=dry_run)
        return leaving.leave(box, plan, verify, say=report.say)

    return fleet.each(boxes(c, on), act, as_json=json)
