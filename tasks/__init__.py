"""The collection of all tasks; a runbook imports `ns` or one of the namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _path  # isort: skip - before anything that could import a shadowed module
from dataclasses import asdict

from invoke import Collection

from ssh_transport import settings
from ssh_transport.settings import FleetSettings
from ssh_transport.terminal import executor

from . import config, hygiene, keys, secrets, transfer
from ._examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke import Context
    from invoke.program import Program


def named(c: Context, words: str | Sequence[str]) -> list[str]:
    """Return the boxes that words name; only then is what that needs imported."""
    from ssh_transport.box import naming

    return naming.named(c, words)


def completes(program: Program) -> bool:
    """Answer a shell that completes a line; only then is what that needs imported."""
    from ssh_transport.completion import answer

    return answer(program)


executor.install(named, completes, settings.check)

for _space in (keys.ns, config.ns, transfer.ns, secrets.ns, hygiene.ns):
    for _name, _task in _space.tasks.items():
        _task.full_name = f"{_space.name}.{_name}"
        _task.example = EXAMPLES[_task.full_name]

# It copies what is in it.
ns = Collection("ssh-transport", keys, config, transfer, secrets, hygiene)
# Invoke reads only variables of settings that are there: FABRIC_BOXES.
ns.configure({"boxes": "", FleetSettings.section: asdict(FleetSettings())})

__all__ = ["config", "hygiene", "keys", "ns", "secrets", "transfer"]

del _path
