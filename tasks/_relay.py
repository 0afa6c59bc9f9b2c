"""The task `transfer.relay`: what copies have left in a relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.bucket.remains import Remains


@task(
    positional=["name"],
    help={
        "name": "The relay, as in the settings",
        "clean": "Delete it; of a copy that runs on another machine, too, unless --older spares that",
        "older": "Only what nothing was added to for so long: 90m, 12h, 1d",
        "json": JSON,
    },
)
def relay(c: Context, name: str, clean: bool = False, older: str = "", json: bool = False) -> Remains:
    """List what copies that were stopped have left in a relay, or delete it."""
    from ssh_transport.bucket.remains import remains

    found = remains(c, name, clean=clean, older=older)
    report.result(found, as_json=json)
    return found
