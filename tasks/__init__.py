"""The tasks: `fab -l` and `inv -l` list them, a runbook imports `ns` or one of the namespaces."""

from __future__ import annotations

from . import _path  # isort: skip - before anything that could import a shadowed module
from invoke import Collection

from ssh_transport import executor

from . import config, hygiene, keys, secrets, transfer

executor.take_over()

ns = Collection(keys, config, transfer, secrets, hygiene)

__all__ = ["config", "hygiene", "keys", "ns", "secrets", "transfer"]

del _path
