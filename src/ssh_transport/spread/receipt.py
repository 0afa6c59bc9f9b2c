"""One receipt for all boxes of a spread, on this machine; each box has its own beside what arrived."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.request.paths import local_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.errors import TaskError

    from .result import Delivered

_MODE = 0o600


def write(path: str, done: Mapping[str, Delivered], failed: Mapping[str, TaskError]) -> str:
    """
    Write it; return its path.

    :raises LocalFileError: it can't be written there.
    """
    first = next(iter(done.values()))
    made = {
        "kind": "ssh-transport spread",
        "version": 1,
        "source": first.source,
        "way": first.way,
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "ssh_transport": importlib.metadata.version("ssh-transport"),
        "boxes": {name: _box(one) for name, one in done.items()},
        "failed": {name: {"exit_code": error.exit_code, "what": error.what} for name, error in failed.items()},
    }
    place = Path(local_path(path))
    files.write(place, json.dumps(made, indent=1).encode() + b"\n", mode=_MODE)
    return str(place)


def _box(one: Delivered) -> Mapping[str, object]:
    """Return what was compared on a box; the root hashes are those of its own receipt."""
    verification = one.verification
    if verification is None:
        return {"target": one.target}
    found = verification.comparison
    return {
        "target": one.target,
        "arrived": found.arrived,
        "algorithm": found.algorithm,
        "files": found.files,
        "bytes": found.bytes,
        "source_hash": found.source_hash,
        "target_hash": found.target_hash,
        "receipt": verification.receipt,
    }
