"""One receipt for all boxes of a spread, on this machine; each box has its own beside what arrived."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.request.paths import local_path
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.errors import TaskError

    from .result import Delivered

_MODE = 0o600
_MOST_BYTES = 1 << 26
_KIND = "ssh-transport spread"


def place(path: str) -> Path | None:
    """
    Return where the receipt will be; `None` for none.

    :raises UsageError: something else is there, which would be lost, or no file can be.
    :raises LocalFileError: it can't be written there.
    """
    if not path:
        return None
    found = Path(local_path(path)).absolute()
    named, other = f"`{one_line(path)}`", "name another file with --receipt"
    if found.is_dir():
        raise UsageError(f"{named} is a directory, and a receipt is a file", hint=other)
    try:
        # It is written beside and renamed. Rights do not tell all of what can't be written.
        tempfile.TemporaryFile(dir=found.parent).close()
    except OSError as exc:
        raise LocalFileError(f"{named} can't be written", cause=exc.strerror or "", hint=other) from exc
    if found.exists() and not is_one(found):
        raise UsageError(f"{named} is no receipt of a spread, and would be lost", hint=other)
    return found


def is_one(path: Path) -> bool:
    """Whether a file is a receipt of a spread."""
    try:
        found = json.loads(path.read_bytes()) if path.stat().st_size < _MOST_BYTES else None
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == _KIND


def write(path: Path, done: Mapping[str, Delivered], failed: Mapping[str, TaskError]) -> None:
    """
    Write it.

    :raises LocalFileError: it can't be written there.
    """
    first = next(iter(done.values()))
    made = {
        "kind": _KIND,
        "version": 1,
        "source": first.source,
        "way": first.way,
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "ssh_transport": importlib.metadata.version("ssh-transport"),
        "boxes": {name: _box(one) for name, one in done.items()},
        "failed": {name: {"exit_code": error.exit_code, "what": error.what} for name, error in failed.items()},
    }
    files.write(path, json.dumps(made, indent=1).encode() + b"\n", mode=_MODE, follow=False)


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
        "via": one.via and asdict(one.via),
    }
