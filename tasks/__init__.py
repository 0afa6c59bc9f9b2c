"""The collection of all tasks; a runbook imports `ns` or one of the namespaces."""

from __future__ import annotations

from . import _path  # isort: skip - before anything that could import a shadowed module
from invoke import Collection

from ssh_transport.terminal import executor

from . import config, hygiene, keys, secrets, transfer

executor.install()

for _space in (keys.ns, config.ns, transfer.ns, secrets.ns, hygiene.ns):
    for _name, _task in _space.tasks.items():
        _task.full_name = f"{_space.name}.{_name}"

# It copies what is in it.
ns = Collection("ssh-transport", keys, config, transfer, secrets, hygiene)
# Invoke reads only variables of settings that are there: FABRIC_BOXES.
ns.configure({"boxes": ""})

__all__ = ["config", "hygiene", "keys", "ns", "secrets", "transfer"]

del _path
