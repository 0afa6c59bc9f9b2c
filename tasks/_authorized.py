"""The tasks `keys.list` and `keys.revoke`: which keys may log in to a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.terminal.task import task

from ._how import JSON, ON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.change import Change

_FLAGS = {
    "on": ON,
    "json": JSON,
}


@task(only_reads=True, name="list", needs=("ssh_transport.facts.logins",), help=_FLAGS)
def list_(c: Context, on: str = "", json: bool = False) -> Any:
    """List the keys that may log in, which are yours, which is in use."""
    from ssh_transport.facts.logins import authorized

    return fleet.each(boxes(c, on), authorized, as_json=json)


@task(
    positional=["key"],
    help={
        "key": "Fingerprint (SHA256:...) or whole comment, as keys.list shows them",
        "including_mine": "Even the key that this login uses",
        "dry_run": "Show what would be removed; write nothing",
        **_FLAGS,
    },
)
def revoke(
    c: Context, key: str, on: str = "", including_mine: bool = False, dry_run: bool = False, json: bool = False
) -> Any:
    """Remove a key from authorized_keys on the box, and verify it."""
    from ssh_transport.operations.revoke import revoke_key

    def act(box: Box) -> Change:
        return revoke_key(box, key, including_mine=including_mine, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)
