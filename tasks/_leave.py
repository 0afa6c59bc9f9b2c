"""The task `hygiene.leave`: checks before a box is given back, and removal of what is ours."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import SeveralFailed
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON, ON
from ._verify import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

    directory, patterns, targets = Path(receipts).expanduser(), tuple(abandon or ()), boxes(c, on)
    relays = leaving.Relays(c)

    def act(box: Box) -> Any:
        verify = lambda request: compare(c, request, keep=False)  # noqa: E731 - one line
        plan = leaving.Plan(directory, patterns, revoke_key=revoke_key, dry_run=dry_run)
        # Boxes that are left side by side speak at once.
        say = (lambda line: report.say(f"{box.name}: {line}")) if len(targets) > 1 else report.say
        return leaving.leave(box, plan, verify, relays, say=say)

    with _told(targets, dry_run=dry_run):
        return fleet.each(targets, act, as_json=json)


@contextlib.contextmanager
def _told(targets: list[Box], *, dry_run: bool) -> Iterator[None]:
    """Say at the end which boxes can be given back and which can't: of forty nobody puts that together."""
    try:
        yield
    except SeveralFailed as failed:
        left = [box.name for box in targets if box.name in failed.outcomes]
        for what, names in (("can be given back", left), ("NOT to be given back", failed.failures)):
            if names:
                report.say(f"{'dry run: ' if dry_run else ''}{what}: {', '.join(names)}")
        raise
