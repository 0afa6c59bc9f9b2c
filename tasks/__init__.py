"""The collection of all tasks; a runbook imports `ns` or one of the namespaces."""

from __future__ import annotations

from . import _path  # isort: skip - before anything that could import a shadowed module
from invoke import Collection

from ssh_transport.terminal import executor

from . import config, hygiene, keys, secrets, transfer

executor.install()

ns = Collection(keys, config, transfer, secrets, hygiene)
for _room in ns.collections.values():
    for _name, _task in _room.tasks.items():
        _task.full_name = f"{_room.name}.{_name}"

__all__ = ["config", "hygiene", "keys", "ns", "secrets", "transfer"]

del _path
